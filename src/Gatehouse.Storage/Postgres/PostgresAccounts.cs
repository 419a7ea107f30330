using System.Collections.Immutable;
using Dapper;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresAccounts(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : IAccountStore
{
    private const string Select =
        """
        SELECT a.id, a.key, a.name, a.authority, a.password, a.password_version AS PasswordVersion, a.enabled, a.cutoff,
          a.roles | a.mapped_roles AS Roles, a.external_id AS ExternalId, a.verified, g.locked,
          m.ids AS TenantIds, m.names AS TenantNames
        FROM account a
          LEFT JOIN guess g ON g.key = a.key
          LEFT JOIN LATERAL (
            SELECT array_agg(t.id ORDER BY t.name) AS ids, array_agg(t.name ORDER BY t.name) AS names
            FROM membership m JOIN tenant t ON t.id = m.tenant_id WHERE m.account_id = a.id) m ON true
        """;

    public ValueTask<AccountWithPassword?> FindAsync(string key, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => await connection.QuerySingleOrDefaultAsync<Row>(Select + " WHERE a.key = @key", new { key = PostgresText.Storable(key) }) is { } row
            ? new AccountWithPassword(row.ToAccount(), row.Password, StoreTime.FromStore(row.Verified))
            : null,
        cancellationToken);

    public ValueTask<Account?> LoadAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QuerySingleOrDefaultAsync<Row>(Select + " WHERE a.id = @id", new { id }))?.ToAccount(),
        cancellationToken);

    public ValueTask<IReadOnlyList<Account>> ListAsync(AccountPage page, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Account>>(
        async connection =>
        [
            .. (await connection.QueryAsync<Row>(
                $"""
                WITH page AS MATERIALIZED (
                  SELECT * FROM account WHERE name > @After AND (@Search = '' OR strpos(key, @Search) > 0) ORDER BY name LIMIT @Limit)
                {Select.Replace("FROM account a", "FROM page a", StringComparison.Ordinal)} ORDER BY a.name
                """,
                new { After = PostgresText.Storable(page.After), Search = PostgresText.Storable(page.Search), page.Limit })).Select(row => row.ToAccount()),
        ],
        cancellationToken);

    public ValueTask<Account?> AddAsync(NewAccount account, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var id = await change.ScalarAsync<long?>(
            """
            INSERT INTO account (key, name, authority, password, password_version, cutoff, roles)
            VALUES (@Key, @Name, @Authority, @PasswordHash, @version, @version, @Roles)
            ON CONFLICT (key) DO NOTHING RETURNING id
            """,
            new { account.Key, account.Name, account.Authority, account.PasswordHash, Roles = (int)account.Roles, version = await change.NextSequenceAsync() });
        if (id is null)
        {
            return null;
        }

        // Whoever guessed at the name before there was an account must not have locked its owner out.
        await change.ExecuteAsync("DELETE FROM guess WHERE key = @Key", new { account.Key });
        await JoinAsync(change, id.Value, account.Tenants);
        change.Write(audit);
        return (await change.SingleAsync<Row>(Select + " WHERE a.id = @id", new { id = id.Value }))!.ToAccount();
    });

    public async ValueTask<(ExternalSync Outcome, Account? Account)> SyncAsync(ExternalAccount account, Func<bool, AuditEvent> audit, CancellationToken cancellationToken) =>
        await RecallAsync(account, cancellationToken) is { } unchanged
            ? (ExternalSync.Unchanged, unchanged)
            : await writer.WriteAsync<(ExternalSync, Account?)>(async change =>
                await PostgresExternalAccounts.SyncAsync(change, account, audit, clock.GetUtcNow()) is var outcome && outcome is ExternalSync.OtherAuthority or ExternalSync.OtherPerson
                    ? (outcome, null)
                    : (outcome, (await change.SingleAsync<Row>(Select + " WHERE a.key = @Key", new { account.Key }))!.ToAccount()));

    public async ValueTask SetVerifierAsync(long id, string? verifier, DateTimeOffset verified, CancellationToken cancellationToken) => await writer.WriteAsync(change =>
        change.ExecuteAsync(
            "UPDATE account SET password = @verifier, verified = @verified WHERE id = @id AND authority <> 'local'",
            new { id, verifier, verified = verifier is null ? (long?)null : StoreTime.ToStore(verified) }));

    public ValueTask<bool> SetPasswordAsync(long id, string passwordHash, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, async change =>
        await change.ExecuteAsync(
            "UPDATE account SET password = @passwordHash, password_version = @sequence, cutoff = @sequence WHERE id = @id",
            new { id, passwordHash, sequence = await change.NextSequenceAsync() }));

    public async ValueTask UpgradePasswordAsync(long id, string oldHash, string newHash, CancellationToken cancellationToken) => await writer.WriteAsync(change =>
        change.ExecuteAsync("UPDATE account SET password = @newHash WHERE id = @id AND password = @oldHash", new { id, oldHash, newHash }));

    public ValueTask<bool> SetEnabledAsync(long id, bool enabled, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, async change => enabled
        ? await change.ExecuteAsync("UPDATE account SET enabled = true WHERE id = @id", new { id })
        : await change.ExecuteAsync("UPDATE account SET enabled = false, cutoff = @sequence WHERE id = @id", new { id, sequence = await change.NextSequenceAsync() }));

    public ValueTask<bool> GrantAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, async change =>
    {
        await change.ExecuteAsync("UPDATE account SET roles = roles | @roles WHERE id = @id", new { id, roles = (int)roles });
        await JoinAsync(change, id, tenants);
        return 1;
    });

    public ValueTask<bool> WithdrawAsync(long id, Roles roles, ImmutableArray<long> tenants, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, async change =>
    {
        await change.ExecuteAsync("UPDATE account SET roles = roles & ~@roles, mapped_roles = mapped_roles & ~@roles WHERE id = @id", new { id, roles = (int)roles });
        await change.ExecuteAsync("DELETE FROM membership WHERE account_id = @id AND tenant_id = ANY (@tenants)", new { id, tenants = tenants.ToArray() });
        return 1;
    });

    public ValueTask<bool> RemoveAsync(long id, AuditEvent audit, CancellationToken cancellationToken) => ChangeAsync(id, audit, async change =>
    {
        await change.ExecuteAsync("DELETE FROM guess WHERE key = (SELECT key FROM account WHERE id = @id)", new { id });
        await change.ExecuteAsync("DELETE FROM take_over WHERE account_id = @id", new { id });
        return await change.ExecuteAsync("DELETE FROM account WHERE id = @id", new { id });
    });

    public ValueTask<Bootstrap> GetBootstrapAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (Bootstrap)await connection.ExecuteScalarAsync<long>("SELECT value FROM setting WHERE name = 'bootstrap'"), cancellationToken);

    public async ValueTask SetBootstrapAsync(Bootstrap state, CancellationToken cancellationToken) => await writer.WriteAsync(change =>
        change.ExecuteAsync("UPDATE setting SET value = @state WHERE name = 'bootstrap'", new { state = (long)state }));

    public async ValueTask<IAsyncDisposable> HoldBootstrapAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await database.OpenListenerAsync(cancellationToken);

            // Of the session and not of a transaction, which the server would give up while the first account is being made.
            // A node that dies takes its connection and the lock with it.
            await connection.ExecuteAsync("SET lock_timeout = 0; SET statement_timeout = 0");
            await connection.ExecuteAsync(new CommandDefinition(
                "SELECT pg_advisory_lock(@Space, @FirstStart)", new { PostgresLocks.Space, PostgresLocks.FirstStart }, commandTimeout: 0, cancellationToken: cancellationToken));
            return connection;
        }
        catch (Exception exception)
        {
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (!cancellationToken.IsCancellationRequested && PostgresFaults.IsOutage(exception))
            {
                throw PostgresFaults.Unavailable(exception);
            }

            throw;
        }
    }

    /// <summary>The account, if a sign-in has nothing to write.</summary>
    private ValueTask<Account?> RecallAsync(ExternalAccount account, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => await connection.ExecuteScalarAsync<bool>(PostgresExternalAccounts.IsCurrent, PostgresExternalAccounts.ParametersOf(account))
            ? (await connection.QuerySingleOrDefaultAsync<Row>(Select + " WHERE a.key = @Key", new { account.Key }))?.ToAccount()
            : null,
        cancellationToken);

    // Through the table of tenants: one that was removed a moment ago is left out, and none is removed meanwhile.
    private static async Task JoinAsync(PostgresChange change, long id, ImmutableArray<long> tenants)
    {
        if (!tenants.IsEmpty)
        {
            await change.ExecuteAsync(
                """
                WITH joined AS (SELECT id FROM tenant WHERE id = ANY (@tenants) ORDER BY id FOR KEY SHARE)
                INSERT INTO membership (account_id, tenant_id) SELECT @id, id FROM joined ON CONFLICT (account_id, tenant_id) DO UPDATE SET granted = true
                """,
                new { id, tenants = tenants.ToArray() });
        }
    }

    // The row is locked before a sequence number is drawn: what signs in under an older lock has a lower one.
    private ValueTask<bool> ChangeAsync(long id, AuditEvent audit, Func<PostgresChange, Task<int>> work) => writer.WriteAsync(async change =>
    {
        if (await change.ScalarAsync<long?>("SELECT id FROM account WHERE id = @id FOR UPDATE", new { id }) is null)
        {
            return false;
        }

        await work(change);
        change.AnnounceAccount(id, clock.GetUtcNow());
        change.Write(audit);
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

        public bool Enabled { get; init; }

        public long Cutoff { get; init; }

        public int Roles { get; init; }

        public string? ExternalId { get; init; }

        public long? Verified { get; init; }

        public long? Locked { get; init; }

        public long[]? TenantIds { get; init; }

        public string[]? TenantNames { get; init; }

        public Account ToAccount() => new()
        {
            Id = Id,
            Key = Key,
            Name = Name,
            Authority = Authority,
            ExternalId = ExternalId,
            Enabled = Enabled,
            CutOff = Cutoff,
            PasswordVersion = PasswordVersion,
            Roles = (Roles)Roles,
            LockedUntil = StoreTime.FromStore(Locked),
            Memberships = TenantIds is null ? [] : [.. TenantIds.Zip(TenantNames!, (tenant, name) => new Membership(tenant, name))],
        };
    }
}
