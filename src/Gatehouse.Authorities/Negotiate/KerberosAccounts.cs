using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// The authority <c>kerberos</c>: people of a realm that no directory describes. They have an account from their first
/// handshake on, and no password that could be checked here.
/// </summary>
internal sealed class KerberosAccounts(NegotiateOptions options) : IExternalAuthority
{
    public string Name => NegotiateOptions.KerberosAuthority;

    public TimeSpan OfflineFor => TimeSpan.Zero;

    public bool IsDomain(string domain) => options.Realms.TryGetValue(domain, out var authority) && authority == Name;

    // Nobody here knows who is in the realm: a name that was only typed must not become an account, or keep another authority from it.
    public ValueTask<PersonLookup> FindAsync(string name, string typed, CancellationToken cancellationToken) => new(PersonLookup.Unknown);

    public ValueTask<PersonLookup> FindAsync(Principal principal, CancellationToken cancellationToken) =>
        new(new PersonLookup(PersonState.Known, new ExternalPerson(principal.Name)));

    public ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken) => new(AuthorityAnswer.Wrong);
}
