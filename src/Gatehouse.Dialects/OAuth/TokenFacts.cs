using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.OAuth;

/// <summary>What the OAuth face keeps with a session of its own, and reads from any.</summary>
internal sealed record TokenFacts
{
    private const string ClientAttribute = "client";
    private const string ScopeAttribute = "scope";
    private const string AudienceAttribute = "aud";
    private const string DialectAttribute = "dialect";
    private const string ChainAttribute = "chain";

    /// <summary>Name of the client that it was issued to.</summary>
    public string? Client { get; init; }

    /// <summary>What was granted.</summary>
    public string? Scope { get; init; }

    /// <summary>For whom it is.</summary>
    public string? Audience { get; init; }

    /// <summary>Id of the dialect that somebody signed in through.</summary>
    public string? Dialect { get; init; }

    /// <summary>Name of the one tenant that it is bound to.</summary>
    public string? Tenant { get; init; }

    /// <summary>How many exchanges lie between it and a sign-in.</summary>
    public int Chain { get; init; }

    /// <summary>Reads a session.</summary>
    public static TokenFacts Of(LiveSession session, Account account)
    {
        var kept = session.Attributes;
        var isOurs = session.Dialect == OAuthDialect.Id;
        return new TokenFacts
        {
            Client = isOurs ? kept.GetValueOrDefault(ClientAttribute) : null,
            Scope = isOurs ? kept.GetValueOrDefault(ScopeAttribute) : null,
            Audience = isOurs ? kept.GetValueOrDefault(AudienceAttribute) : null,
            Dialect = isOurs ? kept.GetValueOrDefault(DialectAttribute) : session.Dialect,
            Tenant = session.Tenants.Length == 1 ? NameOf(account, session.Tenants[0]) : null,
            Chain = isOurs && kept.TryGetValue(ChainAttribute, out var chain) ? int.Parse(chain, CultureInfo.InvariantCulture) : 0,
        };
    }

    /// <summary>As a session keeps them; the tenant stands in its own place there.</summary>
    public ImmutableSortedDictionary<string, string> ToAttributes()
    {
        var kept = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Add(ClientAttribute, Client);
        Add(ScopeAttribute, Scope);
        Add(AudienceAttribute, Audience);
        Add(DialectAttribute, Dialect);
        Add(ChainAttribute, Chain == 0 ? null : Chain.ToString(CultureInfo.InvariantCulture));
        return kept.ToImmutable();

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                kept.Add(name, value);
            }
        }
    }

    private static string? NameOf(Account account, long tenantId) =>
        account.Memberships.Where(membership => membership.TenantId == tenantId).Select(membership => membership.Name).FirstOrDefault();
}
