using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// The first start in an empty store: an account <c>admin</c> with a random password that is shown once, and a tenant
/// with it as member. Interrupted before the password was certainly shown, the next start gives it another one and
/// shows that; later starts make nothing (ATK-83).
/// </summary>
internal sealed class FirstStart(IStore store, AccountAdministration accounts, TenantAdministration tenants)
{
    private const string Admin = "admin";
    private const int PasswordLength = 24;

    // Nothing that looks like something else, nothing that a shell reads.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>A line to paste for each dialect. To add a dialect, add a line here.</summary>
    private static readonly (string Dialect, bool NeedsHttps, Func<string, string, string> Command)[] Examples =
    [
        ("Micetro: get a session", false, (address, password) =>
            $$"""curl -sk {{address}}/mmws/api/micetro/sessions --data '{"loginName":"{{Admin}}","password":"{{password}}"}'"""),
        ("Repositories: open a repository", true, (address, password) =>
            $"curl -sk -u '{Admin}:{password}' {address}/api/repositories/{Tenant.DefaultName}/"),
        ("AR System: get a token", true, (address, password) =>
            $"curl -sk {address}/api/jwt/login --data-urlencode username={Admin} --data-urlencode 'password={password}'"),
        ("Operational Intelligence: get a token", false, (address, password) =>
            $"curl -sk {address}/ess/security/v1/token -H 'Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Tenant.DefaultName))}' -d grant_type=PASSWORD -d username={Admin} --data-urlencode 'password={password}'"),
        ("ProactiveNet: get a token", false, (address, password) =>
            $"curl -sk {address}/bppmws/api/authenticate/login --data-urlencode username={Admin} --data-urlencode 'password={password}'"),

        // Its clients need the role, which admin is not given: a token for everybody's tokens is not made in passing.
        ("OAuth: see what there is (tokens: gatehouse account add NAME --role client --password-stdin)", true, (address, _) =>
            $"curl -sk {address}/.well-known/oauth-authorization-server"),
    ];

    /// <summary>
    /// Keeps other nodes of the store waiting until it is disposed, which must come after <see cref="ConfirmAsync"/>: of several
    /// first starts at once, one makes the account and shows a password that stays. Null when the first start is over.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<IAsyncDisposable?> HoldAsync(CancellationToken cancellationToken) =>
        await store.Accounts.GetBootstrapAsync(cancellationToken) == Bootstrap.Done ? null : await store.Accounts.HoldBootstrapAsync(cancellationToken);

    /// <summary>Makes what is missing.</summary>
    /// <returns>The password to show, or null when there is none.</returns>
    /// <exception cref="StoreUnavailableException">The store does not confirm.</exception>
    public async ValueTask<string?> PrepareAsync(CancellationToken cancellationToken)
    {
        var state = await store.Accounts.GetBootstrapAsync(cancellationToken);
        if (state == Bootstrap.Fresh && await accounts.FindAsync(Admin, cancellationToken) is not null)
        {
            // The operator was quicker, and knows the password.
            await ConfirmAsync(cancellationToken);
            state = Bootstrap.Done;
        }

        if (state == Bootstrap.Done)
        {
            return null;
        }

        // From here on each step may have been done by an interrupted start before this one.
        var password = RandomNumberGenerator.GetString(Alphabet, PasswordLength);
        await store.Accounts.SetBootstrapAsync(Bootstrap.Unannounced, cancellationToken);
        await tenants.AddAsync(Tenant.DefaultName, internalId: null, hidden: false, cancellationToken);
        var added = await accounts.AddAsync(Admin, password, [Tenant.DefaultName], RoleNames.NamesOf(Roles.Administrator), cancellationToken);
        if (!added.IsDone)
        {
            await accounts.SetPasswordAsync(Admin, password, cancellationToken);
        }

        return password;
    }

    /// <summary>Notes that the password was shown.</summary>
    /// <exception cref="StoreUnavailableException">The store does not confirm.</exception>
    public ValueTask ConfirmAsync(CancellationToken cancellationToken) => store.Accounts.SetBootstrapAsync(Bootstrap.Done, cancellationToken);

    /// <summary>Shows the password, with a line to paste for each dialect.</summary>
    public static void Announce(TextWriter output, string password, IReadOnlyCollection<string> addresses)
    {
        output.WriteLine($"""

            First start: account '{Admin}' and tenant '{Tenant.DefaultName}' were made. This is shown once:

              password  {password}

            """);
        var reachable = addresses.Select(Reachable).ToList();
        var https = reachable.Find(address => address.StartsWith("https:", StringComparison.Ordinal));
        foreach (var (dialect, needsHttps, command) in Examples)
        {
            if ((https ?? (needsHttps ? null : reachable.FirstOrDefault())) is { } address)
            {
                output.WriteLine(dialect);
                output.WriteLine(command(address, password));
            }
        }

        output.WriteLine();
        output.Flush();
    }

    private static string Reachable(string address) =>
        address.Replace("//[::]:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).TrimEnd('/');
}
