using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>Which authorities answer, and in which order (section <c>Gatehouse:Authorities</c>).</summary>
public sealed class AuthorityOptions
{
    /// <summary>Names of the authorities. Empty: the local one first, then all others in the order of their names.</summary>
    public IReadOnlyList<string> Order { get; set; } = [];

    /// <summary>Orders of single tenants, by the key of the tenant's name.</summary>
    public Dictionary<string, IReadOnlyList<string>> Tenants { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// Who may answer for a sign-in. An account that exists is answered for by its own authority, if that stands in the list;
/// the order decides who is asked about a name that has no account yet.
/// </summary>
public sealed class AuthorityOrder
{
    private readonly FrozenDictionary<string, IPasswordAuthority> _byName;
    private readonly ImmutableArray<IPasswordAuthority> _default;
    private readonly FrozenDictionary<string, ImmutableArray<IPasswordAuthority>> _tenants;

    /// <summary>Puts the authorities in order.</summary>
    /// <exception cref="KeyNotFoundException">An order names an authority that is not there.</exception>
    public AuthorityOrder(IEnumerable<IPasswordAuthority> authorities, AuthorityOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _byName = authorities.ToFrozenDictionary(authority => authority.Name, StringComparer.Ordinal);
        External = [.. _byName.Values.OfType<IExternalAuthority>().OrderBy(authority => authority.Name, StringComparer.Ordinal)];
        _default = options.Order.Count > 0
            ? Pick(options.Order)
            : [.. _byName.Values.OrderBy(authority => authority.Name != Account.LocalAuthority).ThenBy(authority => authority.Name, StringComparer.Ordinal)];
        _tenants = options.Tenants.ToFrozenDictionary(pair => pair.Key, pair => Pick(pair.Value), StringComparer.Ordinal);
    }

    /// <summary>All external authorities.</summary>
    public ImmutableArray<IExternalAuthority> External { get; }

    /// <summary>The authorities for a sign-in to a tenant, first asked first.</summary>
    /// <param name="tenantKey">Key of the tenant's name; null where the sign-in names none.</param>
    public ImmutableArray<IPasswordAuthority> For(string? tenantKey) =>
        tenantKey is not null && _tenants.TryGetValue(tenantKey, out var own) ? own : _default;

    /// <summary>What an answer depends on that was given for a tenant: the tenant, where it has an order of its own, else nothing.</summary>
    public string ScopeOf(string? tenantKey) => tenantKey is not null && _tenants.ContainsKey(tenantKey) ? tenantKey : "";

    /// <summary>The authority of a name; null where it is not configured (any more).</summary>
    public IPasswordAuthority? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The external authority that a domain or realm belongs to.</summary>
    public IExternalAuthority? OwnerOf(string domain) => External.FirstOrDefault(authority => authority.IsDomain(domain));

    private ImmutableArray<IPasswordAuthority> Pick(IEnumerable<string> names) => [.. names.Select(name => _byName[name])];
}
