using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>Accounts of external authorities: what is mapped from there stands beside what the operator granted.</summary>
internal static class SqliteExternalAccounts
{
    private const string Wanted = "SELECT t.id FROM tenant t JOIN json_each(@tenants) wanted ON wanted.value = t.key";

    /// <summary>Whether the store has an account as the authority describes it.</summary>
    public static bool IsCurrent(SqliteConnection connection, ExternalAccount account) => connection.ExecuteScalar<bool>(
        $"""
        SELECT EXISTS (
          SELECT 1 FROM account a
          WHERE a.key = @Key AND a.authority = @Authority AND a.mapped_roles = @Roles AND (@ExternalId IS NULL OR a.external_id = @ExternalId)
            AND NOT EXISTS ({Wanted} EXCEPT SELECT tenant_id FROM membership WHERE account_id = a.id AND mapped = 1)
            AND NOT EXISTS (SELECT tenant_id FROM membership WHERE account_id = a.id AND mapped = 1 EXCEPT {Wanted}))
        """,
        ParametersOf(account));

    /// <summary>Makes the account or brings it up to date. Runs in the writer's transaction.</summary>
    public static ExternalSync Sync(SqliteConnection connection, ExternalAccount account, Func<bool, AuditEvent> audit, DateTimeOffset now)
    {
        var known = connection.QuerySingleOrDefault<Known>("SELECT id, authority, external_id AS ExternalId FROM account WHERE key = @Key", new { account.Key });
        if (known is not null && known.Authority != account.Authority)
        {
            return ExternalSync.OtherAuthority;
        }

        if (known?.ExternalId is { } id && account.ExternalId is { } other && id != other)
        {
            return ExternalSync.OtherPerson;
        }

        if (IsCurrent(connection, account))
        {
            return ExternalSync.Unchanged;
        }

        var accountId = known?.Id ?? Add(connection, account);
        Map(connection, accountId, account);
        connection.AnnounceAccount(accountId, now);
        connection.Write(audit(known is null));
        return known is null ? ExternalSync.Added : ExternalSync.Changed;
    }

    private static long Add(SqliteConnection connection, ExternalAccount account) => connection.ExecuteScalar<long>(
        "INSERT INTO account (key, name, authority, password_version, cutoff) VALUES (@Key, @Name, @Authority, @version, @version) RETURNING id",
        new { account.Key, account.Name, account.Authority, version = connection.NextSequence() });

    private static void Map(SqliteConnection connection, long id, ExternalAccount account)
    {
        var parameters = ParametersOf(account);
        parameters.Add("id", id);
        connection.Execute("UPDATE account SET mapped_roles = @Roles, external_id = coalesce(@ExternalId, external_id) WHERE id = @id", parameters);
        connection.Execute($"DELETE FROM membership WHERE account_id = @id AND granted = 0 AND tenant_id NOT IN ({Wanted})", parameters);
        connection.Execute($"UPDATE membership SET mapped = 0 WHERE account_id = @id AND tenant_id NOT IN ({Wanted})", parameters);

        // WHERE true: without it, SQLite reads ON as the beginning of a join's condition.
        connection.Execute(
            $"INSERT INTO membership (account_id, tenant_id, granted, mapped) SELECT @id, id, 0, 1 FROM ({Wanted}) WHERE true ON CONFLICT DO UPDATE SET mapped = 1",
            parameters);
    }

    private static DynamicParameters ParametersOf(ExternalAccount account)
    {
        var parameters = new DynamicParameters();
        parameters.Add("Key", account.Key);
        parameters.Add("Authority", account.Authority);
        parameters.Add("Roles", (long)account.Roles);
        parameters.Add("ExternalId", account.ExternalId);
        parameters.Add("tenants", System.Text.Json.JsonSerializer.Serialize(account.TenantKeys.AsEnumerable()));
        return parameters;
    }

    private sealed class Known
    {
        public long Id { get; init; }

        public string Authority { get; init; } = "";

        public string? ExternalId { get; init; }
    }
}
