using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>What a request carries in its headers: nothing, too much, a value of one of the dialect's schemes, or something foreign.</summary>
internal abstract record ProactiveNetCredential
{
    private const string AuthToken = "authtoken";
    private const string BasicScheme = "Basic";

    /// <summary>Longest field value that is looked at, in characters (HTT-9).</summary>
    private const int MaximumLength = 16 * 1024;

    private ProactiveNetCredential()
    {
    }

    /// <summary>No header, an empty one, or a scheme without value.</summary>
    public sealed record None : ProactiveNetCredential;

    /// <summary>Two of them: it is not ours to choose (PN-52, PN-87).</summary>
    public sealed record Several : ProactiveNetCredential;

    /// <summary>Under <c>authtoken</c>: an issued token, an API token, or name and password in Base64 (PN-48).</summary>
    /// <param name="Value">As sent.</param>
    /// <param name="MayBePassword">Whether it stood in <c>Authorization</c>: the header <c>authToken</c> never holds a password (PN-87).</param>
    public sealed record Token(string Value, bool MayBePassword) : ProactiveNetCredential
    {
        /// <summary>Nothing: a token has no business in logs.</summary>
        public override string ToString() => nameof(Token);
    }

    /// <summary>Under <c>Basic</c>: name and password in Base64, and never a token (PN-56).</summary>
    /// <param name="Value">As sent.</param>
    public sealed record Basic(string Value) : ProactiveNetCredential
    {
        /// <summary>Nothing: the password has no business in logs.</summary>
        public override string ToString() => nameof(Basic);
    }

    /// <summary>Another scheme, or a value that is too long to be looked at (PN-51).</summary>
    public sealed record Foreign : ProactiveNetCredential;

    /// <summary>Reads the credential of a request.</summary>
    public static ProactiveNetCredential Read(HttpRequest request)
    {
        var authorization = request.Headers.Authorization;
        if (authorization.Count > 1)
        {
            return new Several();
        }

        var standard = ReadAuthorization(authorization.Count == 0 ? "" : authorization[0] ?? "");
        var named = request.Headers[AuthToken];
        if (!ProactiveNetPaths.IsFront(request.Path) || named.Count == 0)
        {
            return standard ?? new None();
        }

        var own = ReadNamedHeader(named[0] ?? "");
        return named.Count > 1 || (standard is not null && own is not null) ? new Several() : own ?? standard ?? new None();
    }

    /// <summary>Reads <c>Authorization</c>; null when it is empty, which is the same as no field (HTT-16).</summary>
    private static ProactiveNetCredential? ReadAuthorization(string field)
    {
        var value = field.AsSpan().Trim(' ');
        if (value.IsEmpty)
        {
            return null;
        }

        var blank = value.IndexOf(' ');
        var scheme = blank < 0 ? value : value[..blank];
        var rest = blank < 0 ? [] : value[blank..].TrimStart(' ');
        return true switch
        {
            _ when field.Length > MaximumLength => new Foreign(),
            _ when scheme.Equals(AuthToken, StringComparison.OrdinalIgnoreCase) => rest.IsEmpty ? new None() : new Token(rest.ToString(), MayBePassword: true),
            _ when scheme.Equals(BasicScheme, StringComparison.OrdinalIgnoreCase) && !rest.IsEmpty => new Basic(rest.ToString()),
            _ => new Foreign(),
        };
    }

    /// <summary>Reads the header that is called <c>authToken</c>: the scheme may stand in it or not (PN-87).</summary>
    private static ProactiveNetCredential? ReadNamedHeader(string field)
    {
        var value = field.AsSpan().Trim(' ');
        if (value.IsEmpty)
        {
            return null;
        }

        var hasScheme = value.StartsWith(AuthToken, StringComparison.OrdinalIgnoreCase) && (value.Length == AuthToken.Length || value[AuthToken.Length] == ' ');
        var token = hasScheme ? value[AuthToken.Length..].TrimStart(' ') : value;
        return field.Length > MaximumLength ? new Foreign() : token.IsEmpty ? new None() : new Token(token.ToString(), MayBePassword: false);
    }
}
