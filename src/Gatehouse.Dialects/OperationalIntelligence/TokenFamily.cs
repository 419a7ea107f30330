using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Core;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// The sessions behind a pair of tokens: one to call with, one to refresh with. All that descends from a sign-in is one
/// family with one absolute end, which no refresh moves (OI-53, OI-64).
/// </summary>
internal sealed class TokenFamily(OperationalIntelligenceOptions options)
{
    private const string LocaleAttribute = "lc";
    private const string UserRefIdAttribute = "userRefID";
    private const string SignedInAttribute = "signedIn";

    /// <summary>The first pair.</summary>
    public Session[] Begin(IssuedTokens tokens, long accountId, long tenantId, Request request) => Make(
        tokens, accountId, [tenantId], PublicId.New(request.Now), signedIn: request.Now, refreshUntil: request.Now.AddSeconds(options.RefreshLifetimeSeconds), request);

    /// <summary>The first pair, where the access token is the single sign-on's: it ends when that says, if that is sooner (OI-34).</summary>
    public Session[] Begin(IssuedTokens tokens, ExternalToken external, long accountId, long tenantId, Request request)
    {
        var pair = Begin(tokens, accountId, tenantId, request);
        pair[0] = pair[0] with
        {
            Expires = external.Expires < pair[0].Expires ? external.Expires : pair[0].Expires,
            Attributes = pair[0].Attributes.AddRange(ExternalTokens.AttributesOf(external)),
        };
        return pair;
    }

    /// <summary>A refresh token beside those that a family has: for who gets an access token that is there already.</summary>
    public Session Join(IssuedTokens tokens, LiveSession access, Request request) =>
        Begin(tokens, access.AccountId, access.Tenants[0], request)[1] with { Family = access.Family };

    /// <summary>The pair that a refresh token buys.</summary>
    public Session[] Continue(IssuedTokens tokens, LiveSession refresh, Request request)
    {
        var signedIn = SignedInAt(refresh);
        var until = signedIn.AddSeconds(options.RefreshLifetimeSeconds);
        return Make(tokens, refresh.AccountId, refresh.Tenants, refresh.Family!.Value, signedIn, until < refresh.Expires ? until : refresh.Expires!.Value, request);
    }

    /// <summary>The locale of a session; null where it has none (API tokens).</summary>
    public static string? LocaleOf(LiveSession session) => session.Attributes.GetValueOrDefault(LocaleAttribute);

    /// <summary>The number of the sign-in or refresh that a session came from; 0 where it came from none (API tokens).</summary>
    public static long UserRefIdOf(LiveSession session) =>
        session.Attributes.TryGetValue(UserRefIdAttribute, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    private static DateTimeOffset SignedInAt(LiveSession session) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(session.Attributes[SignedInAttribute], CultureInfo.InvariantCulture));

    private Session[] Make(
        IssuedTokens tokens, long accountId, ImmutableArray<long> tenants, PublicId family, DateTimeOffset signedIn, DateTimeOffset refreshUntil, Request request)
    {
        var now = request.Now;
        var end = signedIn.AddSeconds(Math.Max(options.MaxLifetimeSeconds, options.RefreshLifetimeSeconds));
        var until = now.AddSeconds(options.MaxLifetimeSeconds);
        var access = new Session
        {
            Id = PublicId.New(now),
            Token = TokenHash.Of(tokens.Access),
            Kind = SessionKind.Session,
            AccountId = accountId,
            Dialect = OperationalIntelligenceDialect.Id,
            Issued = now,
            LastUsed = now,
            Expires = until < end ? until : end,
            IdleTimeout = TimeSpan.FromSeconds(options.IdleTimeoutSeconds),
            Source = CallerSource.TextOf(request.Source),
            Family = family,
            Tenants = tenants,
            Attributes = ImmutableSortedDictionary<string, string>.Empty
                .Add(LocaleAttribute, tokens.Locale)
                .Add(UserRefIdAttribute, request.UserRefId.ToString(CultureInfo.InvariantCulture))
                .Add(SignedInAttribute, signedIn.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)),

            // Its public id names the family for as long as the family lives, also after a refresh replaced it (OI-108).
            Retention = end - now,
        };
        return [access, access with { Id = PublicId.New(now), Token = TokenHash.Of(tokens.Refresh), Kind = SessionKind.Refresh, Expires = refreshUntil, IdleTimeout = null }];
    }

    /// <summary>The request that a pair is made for.</summary>
    /// <param name="UserRefId">Its number (OI-43).</param>
    /// <param name="Source">Address of the caller.</param>
    /// <param name="Now">When it came.</param>
    internal readonly record struct Request(long UserRefId, IPAddress Source, DateTimeOffset Now);
}
