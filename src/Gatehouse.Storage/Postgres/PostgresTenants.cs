using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresTenants(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : ITenantStore
{
    public ValueTask<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Tenant>>(
        async connection =>
            [.. (await connection.QueryAsync<Row>("SELECT id, name, key, internal_id AS InternalId, hidden FROM tenant ORDER BY name")).Select(row => row.ToTenant())],
        cancellationToken);

    public ValueTask<Tenant?> AddAsync(string name, string key, string internalId, bool hidden, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var id = await change.ScalarAsync<long?>(
            "INSERT INTO tenant (key, name, internal_id, hidden) VALUES (@key, @name, @internalId, @hidden) ON CONFLICT DO NOTHING RETURNING id",
            new { key, name, internalId, hidden });
        if (id is null)
        {
            return null;
        }

        change.Announce(ChangeKind.Tenant, PostgresText.Storable(key), clock.GetUtcNow());
        change.Write(audit);
        return new Tenant { Id = id.Value, Key = key, Name = name, InternalId = internalId, Hidden = hidden };
    });

    public ValueTask<bool> RemoveAsync(string key, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        var id = await change.ScalarAsync<long?>("DELETE FROM tenant WHERE key = @key RETURNING id", new { key = PostgresText.Storable(key) });
        if (id is null)
        {
            return false;
        }

        // Without the membership no session that is bound to it opens; here it stops being listed, too.
        await change.ExecuteAsync(
            """
            WITH bound AS (
              SELECT s.token FROM session s
              WHERE s.ended IS NULL AND s.tenants @> ARRAY[@id] AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = ANY (s.tenants))
              ORDER BY s.id FOR UPDATE)
            UPDATE session s SET ended = @now FROM bound b WHERE s.token = b.token
            """,
            new { id = id.Value, now = StoreTime.ToStore(clock.GetUtcNow()) });
        change.Announce(ChangeKind.Tenant, PostgresText.Storable(key), clock.GetUtcNow());
        change.Write(audit);
        return true;
    });

    private sealed class Row
    {
        public long Id { get; init; }

        public string Name { get; init; } = "";

        public string Key { get; init; } = "";

        public string InternalId { get; init; } = "";

        public bool Hidden { get; init; }

        public Tenant ToTenant() => new() { Id = Id, Name = Name, Key = Key, InternalId = InternalId, Hidden = Hidden };
    }
}
