using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>The parameters of a request, each once; an empty one is as if absent (HTT-138).</summary>
internal sealed class OAuthForm
{
    private const int MaximumFields = 256;
    private readonly Dictionary<string, string> _parameters;

    private OAuthForm(Dictionary<string, string> parameters) => _parameters = parameters;

    /// <summary>Value of a parameter; null when it is absent or empty.</summary>
    public string? this[string name] => _parameters.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>Reads the body, in the order of HTT-135: media type, form, repetitions.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parameters">The parameters of the endpoint: none of them may stand in the query.</param>
    public static async ValueTask<(OAuthForm? Form, OAuthError? Error)> ReadAsync(HttpRequest request, IReadOnlyList<string> parameters)
    {
        if (!IsForm(request.Headers))
        {
            return (null, OAuthError.NotAForm);
        }

        if (!RequestBody.IsSentAsItIs(request.Headers))
        {
            return (null, OAuthError.EncodedBody);
        }

        if (await RequestBody.ReadAsync(request, request.HttpContext.RequestAborted) is not { } body)
        {
            return (null, OAuthError.TooLarge);
        }

        var (form, error) = Parse(body);
        return form is not null && IsInQuery(request.QueryString, parameters) ? (null, OAuthError.ParameterInQuery) : (form, error);
    }

    /// <summary>Parses a body.</summary>
    public static (OAuthForm? Form, OAuthError? Error) Parse(ReadOnlySpan<byte> body)
    {
        if (!HasWholeEscapes(body) || FormBody.Parse(body, MaximumFields) is not { } fields)
        {
            return (null, OAuthError.UnreadableForm);
        }

        var read = new List<(string Name, string Value)>(fields.Count);
        foreach (var field in fields)
        {
            if (!FormBody.TryReadUtf8(field.Name, out var name) || !FormBody.TryReadUtf8(field.Value, out var value))
            {
                return (null, OAuthError.UnreadableForm);
            }

            read.Add((name, value));
        }

        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in read)
        {
            if (!parameters.TryAdd(name, value))
            {
                return (null, OAuthError.RepeatedParameter);
            }
        }

        return (new OAuthForm(parameters), null);
    }

    /// <summary>Nothing: there are secrets in it.</summary>
    public override string ToString() => nameof(OAuthForm);

    private static bool IsForm(IHeaderDictionary headers)
    {
        var types = headers.ContentType;
        return types.Count == 1 && types[0]!.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
    }

    private static bool HasWholeEscapes(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf((byte)'%'); at >= 0; at = body.IndexOf((byte)'%'))
        {
            if (body.Length < at + 3 || !char.IsAsciiHexDigit((char)body[at + 1]) || !char.IsAsciiHexDigit((char)body[at + 2]))
            {
                return false;
            }

            body = body[(at + 3)..];
        }

        return true;
    }

    private static bool IsInQuery(QueryString query, IReadOnlyList<string> parameters)
    {
        var text = query.Value is { Length: > 1 } value ? value[1..] : "";
        foreach (var field in FormBody.Parse(Encoding.UTF8.GetBytes(text), int.MaxValue)!)
        {
            if (parameters.Contains(Encoding.Latin1.GetString(field.Name), StringComparer.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
