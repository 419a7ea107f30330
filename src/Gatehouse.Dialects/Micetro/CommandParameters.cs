using System.Text.Json;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Names of the parameters that are read here (MIC-34).</summary>
internal static class ParameterNames
{
    public const string Server = "server";
    public const string ServerName = "serverName";
    public const string LoginName = "loginName";
    public const string Password = "password";
    public const string Session = "session";
    public const string SingleSignOn = "singleSignOn";
    public const string UnauthorizedAsForbidden = "unauthorizedAsForbidden";

    /// <summary>Of the commands that are answered here, in REST and JSON-RPC.</summary>
    public static IReadOnlyList<string> OfOwnCommands { get; } = [Server, ServerName, LoginName, Password, Session, SingleSignOn, UnauthorizedAsForbidden];

    /// <summary>Of the commands that are answered here, in SOAP.</summary>
    public static IReadOnlyList<string> OfSoapCommands { get; } = [Server, ServerName, LoginName, Password, Session];

    /// <summary>Of every other call: the rest is the upstream's business.</summary>
    public static IReadOnlyList<string> OfCalls { get; } = [Session];

    /// <summary>Whether a name is the session's.</summary>
    public static bool IsSession(string name) => name.Equals(Session, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A value as it was sent.</summary>
/// <param name="Kind">Its JSON type; values of a query and of XML are strings.</param>
/// <param name="Text">A string as it is, other scalars as sent, null for objects and arrays.</param>
internal readonly record struct ParameterValue(JsonValueKind Kind, string? Text)
{
    public static ParameterValue Of(string text) => new(JsonValueKind.String, text);

    /// <summary>Nothing: it may be a password.</summary>
    public override string ToString() => nameof(ParameterValue);
}

/// <summary>The parameters of a call that are read here, wherever they stood. Others are dropped unread.</summary>
/// <param name="read">The names that are read.</param>
internal sealed class CommandParameters(IReadOnlyList<string> read)
{
    private readonly Dictionary<string, ParameterValue> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>The first name that came twice, or null.</summary>
    public string? GivenTwice { get; private set; }

    /// <summary>A value, or null when it is absent; a JSON <c>null</c> is absent (MIC-26, MIC-55).</summary>
    public ParameterValue? this[string name] => _values.TryGetValue(name, out var value) ? value : null;

    /// <summary>Whether a name is read here.</summary>
    public bool Reads(string name) => CanonicalOf(name) is not null;

    /// <summary>Takes a parameter in. <c>server</c> and <c>serverName</c> are one (MIC-34).</summary>
    public void Add(string name, ParameterValue value)
    {
        if (See(name) is { } canonical && value.Kind != JsonValueKind.Null)
        {
            _values[canonical] = value;
        }
    }

    /// <summary>Notes that a name was there without being the parameter: beside the real one it makes two.</summary>
    public string? See(string name)
    {
        if (CanonicalOf(name) is not { } canonical)
        {
            return null;
        }

        if (!_seen.Add(canonical))
        {
            GivenTwice ??= canonical;
        }

        return canonical;
    }

    /// <summary>Reads a switch (MIC-29): <c>true</c>, <c>"true"</c>, <c>1</c>, <c>"1"</c>, or their opposites, or nothing.</summary>
    /// <returns>False when it is something else.</returns>
    public bool TryReadSwitch(string name, out bool isOn)
    {
        isOn = false;
        if (this[name] is not { } value)
        {
            return true;
        }

        isOn = value is { Kind: JsonValueKind.True } or { Kind: JsonValueKind.String, Text: "true" or "1" } or { Kind: JsonValueKind.Number, Text: "1" };
        return isOn || value is { Kind: JsonValueKind.False } or { Kind: JsonValueKind.String, Text: "false" or "0" } or { Kind: JsonValueKind.Number, Text: "0" };
    }

    private string? CanonicalOf(string name)
    {
        foreach (var known in read)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return known == ParameterNames.ServerName ? ParameterNames.Server : known;
            }
        }

        return null;
    }
}
