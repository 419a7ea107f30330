using System.Buffers;

namespace Gatehouse.Dialects.OAuth;

/// <summary>The scopes that were asked for or granted: names without order, each once (RFC 6749 section 3.3; HTT-152).</summary>
internal sealed record ScopeList(IReadOnlyList<string> Names)
{
    private const string TenantPrefix = "tenant:";

    // RFC 6749, scope-token: printable ASCII without blank, " and \.
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(
        "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static ScopeList None { get; } = new([]);

    /// <summary>The one tenant that is named; null when there is none.</summary>
    public string? Tenant => Names.FirstOrDefault(IsTenant)?[TenantPrefix.Length..];

    /// <summary>As it stands on the wire; null when there is nothing.</summary>
    public string? Text => Names.Count == 0 ? null : string.Join(' ', Names);

    /// <summary>Whether a name can be configured as a scope.</summary>
    public static bool IsPlainName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(PlainCharacters) && !IsTenant(name);

    /// <summary>Reads a parameter.</summary>
    /// <param name="text">The parameter; null when it is absent.</param>
    /// <param name="known">The configured scopes.</param>
    /// <returns>Null when a name is unknown or two tenants are named.</returns>
    public static ScopeList? Read(string? text, IReadOnlyList<string> known)
    {
        var names = new List<string>();
        foreach (var name in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (names.Contains(name, StringComparer.Ordinal))
            {
                continue;
            }

            if (IsTenant(name) ? name.Length == TenantPrefix.Length || names.Exists(IsTenant) : !known.Contains(name, StringComparer.Ordinal))
            {
                return null;
            }

            names.Add(name);
        }

        return new ScopeList(names);
    }

    /// <summary>Reads what was granted before, known or not.</summary>
    public static ScopeList OfGranted(string? text) => text is null ? None : new ScopeList(text.Split(' '));

    /// <summary>Whether all of it is in another list.</summary>
    public bool IsWithin(ScopeList other) => Names.All(name => other.Names.Contains(name, StringComparer.Ordinal));

    private static bool IsTenant(string name) => name.StartsWith(TenantPrefix, StringComparison.Ordinal);
}
