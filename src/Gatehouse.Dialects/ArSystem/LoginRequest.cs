using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>A login as it was sent (contract section 2).</summary>
/// <param name="UserName">As typed; empty when absent.</param>
/// <param name="Password">As typed; empty when absent.</param>
/// <param name="AuthString">For an external authority, unread.</param>
/// <param name="ClientType">Which program is calling; null when it does not say.</param>
internal sealed record LoginRequest(string UserName, string Password, string? AuthString, string? ClientType)
{
    private const int MaximumFields = 256;
    private const string Body = "body";

    /// <summary>Reads a login: size, media type, form, client type, in this order (ARS-26).</summary>
    public static async ValueTask<(LoginRequest? Login, ArSystemError? Error)> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (await RequestBody.ReadAsync(request, context.RequestAborted) is not { } body)
        {
            return (null, ArSystemError.TooLarge);
        }

        if (!IsForm(request, out var isUtf8))
        {
            return (null, ArSystemError.UnsupportedMediaType);
        }

        if (request.Headers.Authorization.Count > 1)
        {
            return (null, ArSystemError.Malformed("Authorization"));
        }

        var (login, error) = ReadForm(body, isUtf8);
        if (login is null)
        {
            return (null, error);
        }

        return ArSystemHeaders.ReadClientType(request.Headers, out var clientType) is { } fault ? (null, fault) : (login with { ClientType = clientType }, null);
    }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(LoginRequest);

    /// <summary>ARS-17, ARS-117.</summary>
    private static bool IsForm(HttpRequest request, out bool isUtf8)
    {
        isUtf8 = false;
        if (!RequestBody.IsSentAsItIs(request.Headers))
        {
            return false;
        }

        var types = request.Headers.ContentType;
        if (types.Count == 0 || (types.Count == 1 && string.IsNullOrWhiteSpace(types[0])))
        {
            return true;
        }

        if (types.Count > 1 || !MediaTypeHeaderValue.TryParse(types[0], out var type) || !type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var charset = type.Parameters.Where(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)).Select(parameter => parameter.GetUnescapedValue().ToString()).ToList();
        isUtf8 = charset.Exists(name => name.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        return charset.TrueForAll(name => name.ToLowerInvariant() is "utf-8" or "us-ascii" or "iso-8859-1");
    }

    private static (LoginRequest? Login, ArSystemError? Error) ReadForm(byte[] body, bool isUtf8)
    {
        if (FormBody.Parse(body, MaximumFields) is not { } fields)
        {
            return (null, ArSystemError.Malformed(Body));
        }

        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            if (!TryReadText(field.Name, isUtf8, out var name))
            {
                return (null, ArSystemError.Malformed(Body));
            }

            if (!TryReadText(field.Value, isUtf8, out var value) || (name is "username" or "password" or "authString" && !known.TryAdd(name, value)))
            {
                return (null, ArSystemError.Malformed(Core.Text.TypedText.Cut(name, 256)));
            }
        }

        return (new LoginRequest(known.GetValueOrDefault("username", ""), known.GetValueOrDefault("password", ""), known.GetValueOrDefault("authString"), null), null);
    }

    /// <summary>UTF-8 where it is; else ISO-8859-1, as the product's own Java sample sends umlauts, unless UTF-8 was declared (ARS-18).</summary>
    private static bool TryReadText(byte[] bytes, bool isUtf8, out string text)
    {
        if (FormBody.TryReadUtf8(bytes, out text))
        {
            return true;
        }

        text = isUtf8 ? "" : Encoding.Latin1.GetString(bytes);
        return !isUtf8;
    }
}
