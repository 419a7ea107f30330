using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.Repositories;

/// <summary>Who calls, and in which repository: the credential was good and the account is a member.</summary>
/// <param name="Account">The account.</param>
/// <param name="Repository">Its membership.</param>
/// <param name="Method">Word for what the credential was.</param>
internal sealed record RepositoryCaller(Account Account, Membership Repository, string Method)
{
    /// <summary>The session or API token; null for a password.</summary>
    public LiveSession? Live { get; init; }

    /// <summary>The password on its way; null for everything else.</summary>
    public SignInRecord? SignIn { get; init; }

    /// <summary>The answer for this request (REP-20).</summary>
    public Identity ToIdentity() => new()
    {
        User = Account.Name,
        Dialect = RepositoriesDialect.Id,
        Method = Method,
        Tenant = Repository.Name,
        Scope = "tenant",
        Tenants = ImmutableArray.Create(Repository.Name),
        Session = Live?.Id,
    };
}
