using System.Collections.Immutable;
using Dapper;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteAccounts(SqliteDatabase database, SqliteWriter writer, TimeProvider clock) : IAccountStore
{
    private const string Select =
        """
        SELECT a.id, a.key, a.name, a.authority, a.password, a.password_version AS PasswordVersion, a.enabled, a.cutoff,
               a.roles | a.mapped_roles AS Roles, a.external_id AS ExternalId, a.verified, g.locked
        FROM account a LEFT JOIN guess g ON g.key = a.key
        """;

    public ValueTask<AccountWithPassword?> FindAsync(string key, CancellationToken cancellationToken) => new(database.Read(connection =>
        connection.QuerySingleOrDefault<Row>(Select + " WHERE a.key = @key", new { key }) is { } row
            ? new AccountWithPassword(ToAccount(connection, row), row.Password, StoreTime.FromStore(row.Verified))
            : null));

    public ValueTask<Account?> LoadAsync(long id, CancellationToken cancellationToken) => new(database.Read(connection =>
        connection.QuerySingleOrDefault<Row>(Select + " WHERE a.id = @id", new { id }) is { } row ? ToAccount(connection, row) : null));

    public ValueTask<IReadOnlyList<Account>> ListAsync(AccountPage page, CancellationToken cancellationToken) => new(database.Read<IReadOnlyList<Account>>(connection =>
    [
        .. connection
            .Query<Row>(Select + " WHERE a.name > @After AND (@Search = '' OR instr(a.key, @Search) > 0) ORDER BY a.name LIMIT @Limit", page)
            .Select(row => ToAccount(connection, row)),
    ]));

    public ValueTask<Account?> AddAsync(NewAccount account, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var id = connection.ExecuteScalar<long?>(
            """
            INSERT INTO account (key, name, authority, password, password_version, cutoff, roles)
            VALUES (@Key, @Name, @Authority, @PasswordHash, @version, @version, @Roles)
            ON CONFLICT (key) DO NOTHING RETURNING id
            """,
            new { account.Key, account.Name, account.Authority, account.PasswordHash, account.Roles, version = connection.NextSequence() });
        if (id is null)
        {
            return null;
        }

        // Whoever guessed at the name before there was an account must not have locked its owner out.
        connection.Execute("DELETE FROM guess WHERE key = @Key", new { account.Key });
        Join(connection, id.Value, account.Tenants);
        connection.Write(audit);
        return ToAccount(connection, connection.QuerySingle<Row>(Select + " WHERE a.id = @id", new { id }));
    });

    public ValueTask<(ExternalSync Outcome, Account? Account)> SyncAsync(ExternalAccount account, Func<bool, AuditEvent> audit, CancellationToken cancellationToken) =>
        Recall(account) is { } unchanged
            ? new((ExternalSync.Unchanged, unchanged))
            : writer.WriteAsync(connection => SqliteExternalAccounts.Sync(connection, account, audit, clock.GetUtcNow()) is var outcome && outcome is ExternalSync.OtherAuthority or ExternalSync.OtherPerson
                ? (outcome, (Account?)null)
                : (outcome, ToAccount(connection, connection.QuerySingle<Row>(Select + " WHERE a.key = @Key", new { account.Key }))));

    public async ValueTask SetVerifierAsync(long id, string? verifier, DateTimeOffset verified, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
        connection.Execute(
            "UPDATE account SET password = @verifier, verified = @verified WHERE id = @id AND authority <> 'local'",
            new { id, verifier, verified = verifier is null ? (long?)null : StoreTime.ToStore(verified) }));

    public ValueTask<bool> SetPasswordAsync(long id, string passwordHash, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, connection =>
        connection.Execute(
            "UPDATE account SET password = @passwordHash, password_version = @sequence, cutoff = @sequence WHERE id = @id",
            new { id, passwordHash, sequence = connection.NextSequence() }));

    public async ValueTask UpgradePasswordAsync(long id, string oldHash, string newHash, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
        connection.Execute("UPDATE account SET password = @newHash WHERE id = @id AND password = @oldHash", new { id, oldHash, newHash }));

    public ValueTask<bool> SetEnabledAsync(long id, bool enabled, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, connection =>
        connection.Execute(
            enabled ? "UPDATE account SET enabled = 1 WHERE id = @id" : "UPDATE account SET enabled = 0, cutoff = @sequence WHERE id = @id",
            new { id, sequence = connection.NextSequence() }));

    public ValueTask<bool> GrantAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, connection =>
    {
        var found = connection.Execute("UPDATE account SET roles = roles | @roles WHERE id = @id", new { id, roles });
        if (found > 0)
        {
            Join(connection, id, tenants);
        }

        return found;
    });

    public ValueTask<bool> WithdrawAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, connection =>
    {
        var found = connection.Execute("UPDATE account SET roles = roles & ~@roles, mapped_roles = mapped_roles & ~@roles WHERE id = @id", new { id, roles });
        foreach (var tenant in tenants)
        {
            connection.Execute("DELETE FROM membership WHERE account_id = @id AND tenant_id = @tenant", new { id, tenant });
        }

        return found;
    });

    public ValueTask<bool> RemoveAsync(long id, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, connection =>
    {
        connection.Execute("DELETE FROM guess WHERE key = (SELECT key FROM account WHERE id = @id)", new { id });
        connection.Execute("DELETE FROM take_over WHERE account_id = @id", new { id });
        return connection.Execute("DELETE FROM account WHERE id = @id", new { id });
    });

    public ValueTask<Bootstrap> GetBootstrapAsync(CancellationToken cancellationToken) => new(database.Read(connection =>
        (Bootstrap)connection.ExecuteScalar<int>("SELECT value FROM setting WHERE name = 'bootstrap'")));

    public async ValueTask SetBootstrapAsync(Bootstrap state, CancellationToken cancellationToken) => await writer.WriteAsync(connection =>
        connection.Execute("UPDATE setting SET value = @state WHERE name = 'bootstrap'", new { state = (int)state }));

    public async ValueTask<IAsyncDisposable> HoldBootstrapAsync(CancellationToken cancellationToken) => await database.HoldAsync("first-start", cancellationToken);

    /// <summary>The account, if a sign-in has nothing to write: most of them have not, and need not wait for the writer.</summary>
    private Account? Recall(ExternalAccount account) => database.Read(connection =>
        SqliteExternalAccounts.IsCurrent(connection, account) && connection.QuerySingleOrDefault<Row>(Select + " WHERE a.key = @Key", new { account.Key }) is { } row
            ? ToAccount(connection, row)
            : null);

    private static void Join(SqliteConnection connection, long id, ImmutableArray<long> tenants)
    {
        foreach (var tenant in tenants)
        {
            // Through the table of tenants: one that was removed a moment ago is left out.
            connection.Execute("INSERT INTO membership (account_id, tenant_id) SELECT @id, id FROM tenant WHERE id = @tenant ON CONFLICT DO UPDATE SET granted = 1", new { id, tenant });
        }
    }

    private static Account ToAccount(SqliteConnection connection, Row row) => row.ToAccount(
        connection
            .Query<MembershipRow>("SELECT m.account_id AS AccountId, t.id AS TenantId, t.name FROM membership m JOIN tenant t ON t.id = m.tenant_id WHERE m.account_id = @Id", new { row.Id })
            .Select(membership => new Membership(membership.TenantId, membership.Name)));

    private ValueTask<bool> ChangeAsync(long id, AuditEvent audit, Func<SqliteConnection, int> change) => writer.WriteAsync(connection =>
    {
        if (change(connection) == 0)
        {
            return false;
        }

        connection.AnnounceAccount(id, clock.GetUtcNow());
        connection.Write(audit);
        return true;
    });

    private sealed class Row
    {
        public long Id { get; init; }

        public string Key { get; init; } = "";

        public string Name { get; init; } = "";

        public string Authority { get; init; } = "";

        public string? Password { get; init; }

        public long PasswordVersion { get; init; }

        public long Enabled { get; init; }

        public long Cutoff { get; init; }

        public long Roles { get; init; }

        public string? ExternalId { get; init; }

        public long? Verified { get; init; }

        public long? Locked { get; init; }

        public Account ToAccount(IEnumerable<Membership> memberships) => new()
        {
            Id = Id,
            Key = Key,
            Name = Name,
            Authority = Authority,
            ExternalId = ExternalId,
            Enabled = Enabled != 0,
            CutOff = Cutoff,
            PasswordVersion = PasswordVersion,
            Roles = (Roles)Roles,
            LockedUntil = StoreTime.FromStore(Locked),
            Memberships = [.. memberships.OrderBy(membership => membership.Name, CodePointOrder.Instance)],
        };
    }

    private sealed class MembershipRow
    {
        public long AccountId { get; init; }

        public long TenantId { get; init; }

        public string Name { get; init; } = "";
    }
}
