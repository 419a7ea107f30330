using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>A grant as it was asked for (contract section 2).</summary>
internal abstract record TokenRequest
{
    private const string GrantType = "grant_type";
    private const string UserName = "username";
    private const string Password = "password";
    private const string RefreshToken = "refresh_token";

    private const string ExternalTokenRequested = "exttoken_requested";

    private static readonly string[] NotInUrl = [GrantType, UserName, Password, RefreshToken];
    private static readonly string[] InBody = [GrantType, UserName, Password, RefreshToken, ExternalTokenRequested];

    private TokenRequest()
    {
    }

    /// <summary>A name and a password.</summary>
    public sealed record ByPassword(string TypedName, string Secret) : TokenRequest
    {
        /// <summary>The caller wants the token of the account's external single sign-on, if there is one (OI-34, OI-35).</summary>
        public bool WantsExternalToken { get; init; }

        /// <summary>Nothing: the password has no business in logs.</summary>
        public override string ToString() => nameof(ByPassword);
    }

    /// <summary>A refresh token.</summary>
    public sealed record ByRefreshToken(string Token) : TokenRequest
    {
        /// <summary>Nothing: the token has no business in logs.</summary>
        public override string ToString() => nameof(ByRefreshToken);
    }

    /// <summary>Whether a body is a form, and sent as it is (OI-21, OI-22). Whatever charset it names, it is UTF-8.</summary>
    public static bool IsForm(IHeaderDictionary headers)
    {
        var types = headers.ContentType;
        return types.Count == 1
            && types[0]!.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            && RequestBody.IsSentAsItIs(headers);
    }

    /// <summary>Reads query and body: what may not stand in the URL, unreadable or repeated parameters, missing ones.</summary>
    public static (TokenRequest? Request, OperationalIntelligenceError? Error) Read(QueryString query, ReadOnlySpan<byte> body)
    {
        var inUrl = NamesIn(query);
        if (Array.Find(NotInUrl, inUrl.Contains) is { } misplaced)
        {
            return (null, OperationalIntelligenceError.ParameterInUrl(misplaced));
        }

        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in FormBody.Parse(body, maximumFields: int.MaxValue)!)
        {
            if (Array.Find(InBody, name => field.Name.Length == name.Length && Encoding.Latin1.GetString(field.Name) == name) is not { } name)
            {
                continue;
            }

            if (!FormBody.TryReadUtf8(field.Value, out var value))
            {
                return (null, OperationalIntelligenceError.MalformedParameter(name));
            }

            if (!known.TryAdd(name, value))
            {
                return (null, OperationalIntelligenceError.DuplicateParameter(name));
            }
        }

        return Read(known);
    }

    private static (TokenRequest? Request, OperationalIntelligenceError? Error) Read(Dictionary<string, string> known)
    {
        var grant = known.GetValueOrDefault(GrantType, "");
        if (grant.Length == 0)
        {
            return (null, OperationalIntelligenceError.MissingParameter(GrantType));
        }

        if (grant.Equals(RefreshToken, StringComparison.OrdinalIgnoreCase))
        {
            return known.GetValueOrDefault(RefreshToken, "") is { Length: > 0 } token
                ? (new ByRefreshToken(token), null)
                : (null, OperationalIntelligenceError.MissingParameter(RefreshToken));
        }

        if (!grant.Equals(Password, StringComparison.OrdinalIgnoreCase))
        {
            return (null, OperationalIntelligenceError.UnsupportedGrant);
        }

        var (name, secret) = (known.GetValueOrDefault(UserName, ""), known.GetValueOrDefault(Password, ""));
        return name.Length == 0 ? (null, OperationalIntelligenceError.MissingParameter(UserName))
            : secret.Length == 0 ? (null, OperationalIntelligenceError.MissingParameter(Password))
            : (new ByPassword(name, secret) { WantsExternalToken = known.GetValueOrDefault(ExternalTokenRequested, "").Equals("true", StringComparison.OrdinalIgnoreCase) }, null);
    }

    private static HashSet<string> NamesIn(QueryString query)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in UrlQuery.Fields(query))
        {
            names.Add(Encoding.Latin1.GetString(field.Name));
        }

        return names;
    }
}
