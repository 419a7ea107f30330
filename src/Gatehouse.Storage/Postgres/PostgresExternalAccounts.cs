using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <summary>Accounts of external authorities: what is mapped from there stands beside what the operator granted.</summary>
internal static class PostgresExternalAccounts
{
    /// <summary>Whether the store has an account as the authority describes it.</summary>
    public const string IsCurrent =
        $"""
        SELECT EXISTS (
          SELECT 1 FROM account a
          WHERE a.key = @Key AND a.authority = @Authority AND a.mapped_roles = @Roles AND (@ExternalId IS NULL OR a.external_id = @ExternalId)
            AND NOT EXISTS ({Wanted} EXCEPT SELECT tenant_id FROM membership WHERE account_id = a.id AND mapped)
            AND NOT EXISTS (SELECT tenant_id FROM membership WHERE account_id = a.id AND mapped EXCEPT {Wanted}))
        """;

    private const string Wanted = "SELECT id FROM tenant WHERE key = ANY (@Tenants)";

    /// <summary>Makes the account or brings it up to date. Of two nodes that make it at once, one is told so by the unique key, and tries again.</summary>
    public static async Task<ExternalSync> SyncAsync(PostgresChange change, ExternalAccount account, Func<bool, AuditEvent> audit, DateTimeOffset now)
    {
        var known = await change.SingleAsync<Known>("SELECT id, authority, external_id AS ExternalId FROM account WHERE key = @Key FOR UPDATE", new { account.Key });
        if (known is not null && known.Authority != account.Authority)
        {
            return ExternalSync.OtherAuthority;
        }

        if (known?.ExternalId is { } id && account.ExternalId is { } other && id != other)
        {
            return ExternalSync.OtherPerson;
        }

        var parameters = ParametersOf(account);
        if (await change.ScalarAsync<bool>(IsCurrent, parameters))
        {
            return ExternalSync.Unchanged;
        }

        var accountId = known?.Id ?? await change.ScalarAsync<long>(
            "INSERT INTO account (key, name, authority, password_version, cutoff) VALUES (@Key, @Name, @Authority, @version, @version) RETURNING id",
            new { account.Key, account.Name, account.Authority, version = await change.NextSequenceAsync() });
        await MapAsync(change, accountId, parameters);
        change.AnnounceAccount(accountId, now);
        change.Write(audit(known is null));
        return known is null ? ExternalSync.Added : ExternalSync.Changed;
    }

    public static DynamicParameters ParametersOf(ExternalAccount account) =>
        new(new { account.Key, account.Authority, Roles = (int)account.Roles, account.ExternalId, Tenants = account.TenantKeys.ToArray() });

    private static async Task MapAsync(PostgresChange change, long id, DynamicParameters parameters)
    {
        parameters.Add("id", id);
        await change.ExecuteAsync("UPDATE account SET mapped_roles = @Roles, external_id = coalesce(@ExternalId, external_id) WHERE id = @id", parameters);
        await change.ExecuteAsync($"DELETE FROM membership WHERE account_id = @id AND NOT granted AND tenant_id NOT IN ({Wanted})", parameters);
        await change.ExecuteAsync($"UPDATE membership SET mapped = false WHERE account_id = @id AND tenant_id NOT IN ({Wanted})", parameters);
        await change.ExecuteAsync(
            $"""
            WITH joined AS ({Wanted} ORDER BY id FOR KEY SHARE)
            INSERT INTO membership (account_id, tenant_id, granted, mapped) SELECT @id, id, false, true FROM joined
            ON CONFLICT (account_id, tenant_id) DO UPDATE SET mapped = true
            """,
            parameters);
    }

    private sealed class Known
    {
        public long Id { get; init; }

        public string Authority { get; init; } = "";

        public string? ExternalId { get; init; }
    }
}
