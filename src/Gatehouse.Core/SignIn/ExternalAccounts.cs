using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.SignIn;

/// <summary>Keeps the accounts of external authorities as those have them: made at the first sign-in, renewed at each.</summary>
public sealed class ExternalAccounts(IStore store, AccountDirectory accounts, TimeProvider clock, ILogger<ExternalAccounts> logger)
{
    /// <summary>Takes over what an authority says of a person that it let in.</summary>
    /// <param name="authority">The authority.</param>
    /// <param name="person">Who it is.</param>
    /// <param name="expectedKey">Key of the name that was asked for: an answer about somebody else is none (ATK-73).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The account, or why it may not enter: one of <see cref="AuditReasons"/>.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<(Account? Account, string? Refusal)> AcceptAsync(string authority, ExternalPerson person, string expectedKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(person);
        if (!IsUsable(person, out var name) || name.Key != expectedKey)
        {
            CoreLog.ForeignPerson(logger, authority, TypedText.Escape(TypedText.Cut(person.Name, AuditEvent.MaximumNameLength)));
            return (null, AuditReasons.ForeignPerson);
        }

        var now = clock.GetUtcNow();
        var record = new ExternalAccount(name.Exact, name.Key, authority, person.Id, person.Roles, [.. person.Tenants.Select(CanonicalName.KeyOf).Distinct(StringComparer.Ordinal)]);
        var (outcome, account) = await store.Accounts.SyncAsync(record, added => EventOf(added, name.Exact, authority, now), cancellationToken);
        switch (outcome)
        {
            case ExternalSync.Unchanged:
                return (account, null);
            case ExternalSync.Added or ExternalSync.Changed:
                accounts.Invalidate(account!.Id);
                return (account, null);
            case ExternalSync.OtherPerson:
                CoreLog.ForeignPerson(logger, authority, TypedText.Escape(name.Exact));
                return (null, AuditReasons.ForeignPerson);
            default:
                return (null, AuditReasons.ForeignAuthority);
        }
    }

    /// <summary>Whether an account can have the person's name (HTT-74).</summary>
    internal static bool IsUsable(ExternalPerson person, out CanonicalName name)
    {
        name = default;
        return CanonicalName.FaultOf(person.Name, Account.MaximumNameLength) is null && CanonicalName.TryRead(person.Name, out name);
    }

    private static AuditEvent EventOf(bool added, string name, string authority, DateTimeOffset now) => new()
    {
        Time = now,
        Event = added ? AuditEvents.AccountAdd : AuditEvents.AccountChange,
        Outcome = AuditOutcomes.Accepted,
        Account = name,
        Reason = authority,
    };
}
