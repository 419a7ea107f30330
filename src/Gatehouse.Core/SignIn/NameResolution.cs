using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.SignIn;

/// <summary>Whom a typed name means.</summary>
/// <param name="Key">The one key under which its guesses are counted.</param>
/// <param name="Name">The name to put to an authority.</param>
/// <param name="Account">The account, if there is one.</param>
/// <param name="Authorities">Who may answer, first asked first. Of an account: its own authority and no other.</param>
internal sealed record NameMeaning(string Key, string Name, AccountWithPassword? Account, ImmutableArray<IPasswordAuthority> Authorities)
{
    /// <summary>Why nobody is asked although the name is read: one of <see cref="AuditReasons"/>.</summary>
    public string? Refusal { get; init; }

    /// <summary>Every authority said that nobody has the name.</summary>
    public bool IsNobody { get; init; }

    /// <summary>An authority that had to be asked could not be.</summary>
    public bool IsUnavailable { get; init; }
}

/// <summary>
/// Turns what was typed into the account that is meant (HTT-72):
/// <list type="number">
/// <item>an account of exactly this name;</item>
/// <item>else, behind a domain or realm of an external authority, that authority's person and nobody else's;</item>
/// <item>else whoever the authorities of the sign-in know by it, asked in their order. One that cannot be asked ends the search:
/// another one must not claim the name meanwhile.</item>
/// </list>
/// </summary>
internal sealed class NameResolution(IStore store, AuthorityOrder order)
{
    /// <summary>Finds out without asking an external authority; null where one must be asked.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<NameMeaning?> RecallAsync(CanonicalName name, string? tenantKey)
    {
        if (await store.Accounts.FindAsync(name.Key, CancellationToken.None) is { } account)
        {
            return Of(account, tenantKey);
        }

        if (TrySplit(name, out var inner) is { } owner && await store.Accounts.FindAsync(inner.Key, CancellationToken.None) is { } known)
        {
            // A foreign domain never falls on an account of another authority (ATK-4, ATK-74).
            return known.Account.Authority == owner.Name ? Of(known, tenantKey) : Refused(known, AuditReasons.ForeignDomain);
        }

        return order.For(tenantKey).Any(authority => authority is IExternalAuthority) ? null : Nobody(name, tenantKey);
    }

    /// <summary>Finds out by asking the external authorities.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<NameMeaning> AskAsync(CanonicalName name, string? tenantKey)
    {
        var owner = TrySplit(name, out var inner);
        var allowed = order.For(tenantKey);
        var candidates = ImmutableArray.CreateBuilder<IPasswordAuthority>();
        foreach (var authority in owner is null ? allowed.OfType<IExternalAuthority>() : allowed.OfType<IExternalAuthority>().Where(one => one == owner))
        {
            var lookup = await authority.FindAsync(inner.Exact, name.Exact, CancellationToken.None);
            switch (lookup.State)
            {
                case PersonState.Known when candidates.Count == 0:
                    return await OfAsync(authority, lookup.Person!);
                case PersonState.Known or PersonState.Untold:
                    candidates.Add(authority);
                    break;
                case PersonState.Unavailable when candidates.Count == 0:
                    return new NameMeaning(inner.Key, inner.Exact, null, []) { IsUnavailable = true };
            }

            if (lookup.State is PersonState.Known or PersonState.Unavailable)
            {
                break;
            }
        }

        return candidates.Count > 0 ? new NameMeaning(inner.Key, inner.Exact, null, candidates.ToImmutable()) : Nobody(owner is null ? name : inner, tenantKey);
    }

    private async ValueTask<NameMeaning> OfAsync(IExternalAuthority authority, ExternalPerson person)
    {
        if (!ExternalAccounts.IsUsable(person, out var name))
        {
            return new NameMeaning(name.Key ?? "", "", null, []) { Refusal = AuditReasons.Malformed };
        }

        var account = await store.Accounts.FindAsync(name.Key, CancellationToken.None);
        return account is not null && account.Account.Authority != authority.Name
            ? Refused(account, AuditReasons.ForeignDomain)
            : new NameMeaning(name.Key, person.Name, account, [authority]);
    }

    private NameMeaning Of(AccountWithPassword account, string? tenantKey)
    {
        // One that is not configured any more cannot be asked; one that this tenant does not take is not.
        var home = order.Find(account.Account.Authority);
        return home is not null && !order.For(tenantKey).Contains(home)
            ? Refused(account, AuditReasons.ForeignAuthority)
            : new NameMeaning(account.Account.Key, account.Account.Name, account, home is null ? [] : [home]) { IsUnavailable = home is null };
    }

    private static NameMeaning Refused(AccountWithPassword account, string reason) =>
        new(account.Account.Key, account.Account.Name, account, []) { Refusal = reason };

    private NameMeaning Nobody(CanonicalName name, string? tenantKey) =>
        new(name.Key, name.Exact, null, [.. order.For(tenantKey).Where(authority => authority.Name == Account.LocalAuthority)]) { IsNobody = true };

    /// <summary>Takes a domain that belongs to an external authority off a name.</summary>
    /// <returns>The authority, or null: the name is what it is.</returns>
    private IExternalAuthority? TrySplit(CanonicalName name, out CanonicalName inner)
    {
        inner = name;
        var (backslash, at) = (name.Exact.IndexOf('\\', StringComparison.Ordinal), name.Exact.LastIndexOf('@'));
        var (domain, rest) = backslash > 0 ? (name.Exact[..backslash], name.Exact[(backslash + 1)..])
            : at > 0 ? (name.Exact[(at + 1)..], name.Exact[..at])
            : ("", "");
        if (domain.Length == 0 || rest.Trim().Length == 0 || order.OwnerOf(domain) is not { } owner || !CanonicalName.TryRead(rest, out inner))
        {
            inner = name;
            return null;
        }

        return owner;
    }
}
