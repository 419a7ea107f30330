using System.Collections.Immutable;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// An authority outside of this installation: a directory or a single sign-on. Its people have no account here until
/// they sign in for the first time; what it says of them is taken over at each sign-in.
/// </summary>
public interface IExternalAuthority : IPasswordAuthority
{
    /// <summary>How long a password that it confirmed may be believed while it cannot be asked. Zero: not at all.</summary>
    TimeSpan OfflineFor { get; }

    /// <summary>Whether a domain or realm, as in <c>DOMAIN\name</c> and <c>name@domain</c>, is this authority's.</summary>
    /// <param name="domain">In any letter case.</param>
    bool IsDomain(string domain);

    /// <summary>Who has a name. No password is involved.</summary>
    /// <param name="name">The name that was typed, without a domain that is the authority's own.</param>
    /// <param name="typed">The name as typed, with its domain.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<PersonLookup> FindAsync(string name, string typed, CancellationToken cancellationToken);

    /// <summary>Who a principal is that a handshake has proved, in a realm or domain that is this authority's.</summary>
    /// <param name="principal">The principal.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<PersonLookup> FindAsync(Principal principal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return FindAsync(principal.Name, principal.Text, cancellationToken);
    }
}

/// <summary>What became of a search for a person.</summary>
public enum PersonState
{
    /// <summary>Exactly one person has the name.</summary>
    Known,

    /// <summary>Nobody has it.</summary>
    Unknown,

    /// <summary>The authority cannot say without the password.</summary>
    Untold,

    /// <summary>The authority could not be asked.</summary>
    Unavailable,
}

/// <summary>What an authority says to a name.</summary>
/// <param name="State">Whether it knows the name.</param>
/// <param name="Person">Who it is, if <see cref="PersonState.Known"/>.</param>
public sealed record PersonLookup(PersonState State, ExternalPerson? Person = null)
{
    /// <summary>Nobody has the name.</summary>
    public static PersonLookup Unknown { get; } = new(PersonState.Unknown);

    /// <summary>The authority cannot say without the password.</summary>
    public static PersonLookup Untold { get; } = new(PersonState.Untold);

    /// <summary>The authority could not be asked.</summary>
    public static PersonLookup Unavailable { get; } = new(PersonState.Unavailable);
}

/// <summary>A person as an external authority has it.</summary>
/// <param name="Name">The one name that its account gets here.</param>
public sealed record ExternalPerson(string Name)
{
    /// <summary>
    /// What stays the same when the person is renamed and never passes to another one (<c>objectGUID</c>, <c>entryUUID</c>,
    /// <c>sub</c>). Null where the authority has none.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Names of the tenants that its groups map to. Tenants that do not exist are left out.</summary>
    public ImmutableArray<string> Tenants { get; init; } = [];

    /// <summary>The roles that its groups map to.</summary>
    public Roles Roles { get; init; }
}
