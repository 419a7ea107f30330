using Gatehouse.Core.Sessions;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>What a request carries: nothing usable, a malformed request, or a token.</summary>
internal abstract record ArSystemCredential
{
    private const string Scheme = "AR-JWT";
    private const string Bearer = "Bearer ";
    private const string Cookie = "AR-JWT";

    private ArSystemCredential()
    {
    }

    /// <summary>No header, another scheme, no token, garbage: all alike 623 (ARS-70).</summary>
    public sealed record None : ArSystemCredential;

    /// <summary>Two headers, or two cookies.</summary>
    public sealed record Malformed(string At) : ArSystemCredential;

    /// <summary>An AR-JWT, or what claims to be one.</summary>
    public sealed record Jwt(string Token, bool FromCookie) : ArSystemCredential;

    /// <summary>A token of the shape that the operator issues.</summary>
    public sealed record Api(string Token) : ArSystemCredential;

    /// <summary>Reads the credential of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="useCookie">Take the cookie when there is no <c>Authorization</c> (ARS-114).</param>
    public static ArSystemCredential Read(HttpRequest request, bool useCookie)
    {
        var values = request.Headers.Authorization;
        if (values.Count > 1)
        {
            return new Malformed("Authorization");
        }

        var value = values.Count == 0 ? "" : values[0].AsSpan().Trim(' ').ToString();
        if (value.Length > 0)
        {
            return ReadHeader(value);
        }

        return useCookie ? ReadCookie(request) : new None();
    }

    /// <summary>ARS-69: any letter case; several blanks, one, or none at all after the scheme.</summary>
    private static ArSystemCredential ReadHeader(string value)
    {
        if (value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var token = value[Scheme.Length..].TrimStart(' ');
            return ApiToken.HasShape(token) ? new Api(token) : new Jwt(token, FromCookie: false);
        }

        if (value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            // An AR-JWT is not taken here (ARS-72).
            var token = value[Bearer.Length..].TrimStart(' ');
            return ApiToken.HasShape(token) ? new Api(token) : new None();
        }

        return new None();
    }

    /// <summary>Takes the cookie out of a request that is sent on, read or not: a token never leaves the gate (ARS-107, ARS-114).</summary>
    public static void RemoveCookie(HttpRequest request)
    {
        if (request.Headers.Cookie.Any(field => field!.Contains(Cookie, StringComparison.Ordinal)))
        {
            request.Headers.Cookie = request.Headers.Cookie
                .Select(field => string.Join(';', field!.Split(';').Where(pair => pair.Split('=')[0].Trim() != Cookie)).TrimStart())
                .Where(field => field.Length > 0)
                .ToArray();
        }
    }

    private static ArSystemCredential ReadCookie(HttpRequest request)
    {
        // Read from the raw field: the parsed one hides that there were two.
        string? found = null;
        foreach (var field in request.Headers.Cookie)
        {
            foreach (var pair in (field ?? "").Split(';', StringSplitOptions.TrimEntries))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || pair[..equals].TrimEnd() != Cookie)
                {
                    continue;
                }

                if (found is not null)
                {
                    return new Malformed("Cookie");
                }

                found = pair[(equals + 1)..].Trim();
            }
        }

        return found is null ? new None() : new Jwt(found, FromCookie: true);
    }
}
