using Dapper;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteTenants(SqliteDatabase database, SqliteWriter writer, TimeProvider clock) : ITenantStore
{
    public ValueTask<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellationToken) => new(database.Read<IReadOnlyList<Tenant>>(connection =>
        [.. connection.Query<Row>("SELECT id, name, key, internal_id AS InternalId, hidden FROM tenant").Select(row => row.ToTenant()).OrderBy(tenant => tenant.Name, CodePointOrder.Instance)]));

    public ValueTask<Tenant?> AddAsync(string name, string key, string internalId, bool hidden, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var id = connection.ExecuteScalar<long?>(
            "INSERT INTO tenant (key, name, internal_id, hidden) VALUES (@key, @name, @internalId, @hidden) ON CONFLICT DO NOTHING RETURNING id",
            new { key, name, internalId, hidden });
        if (id is null)
        {
            return null;
        }

        connection.Announce(ChangeKind.Tenant, key, clock.GetUtcNow());
        connection.Write(audit);
        return new Tenant { Id = id.Value, Key = key, Name = name, InternalId = internalId, Hidden = hidden };
    });

    public ValueTask<bool> RemoveAsync(string key, AuditEvent audit, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        var id = connection.ExecuteScalar<long?>("SELECT id FROM tenant WHERE key = @key", new { key });
        if (id is null)
        {
            return false;
        }

        // Without the membership no session that is bound to it opens; here it stops being listed, too.
        connection.Execute("DELETE FROM tenant WHERE id = @id", new { id });
        connection.Execute(
            """
            UPDATE session SET ended = @now
            WHERE ended IS NULL
              AND id IN (SELECT session_id FROM session_tenant WHERE tenant_id = @id)
              AND NOT EXISTS (SELECT 1 FROM session_tenant o JOIN tenant t ON t.id = o.tenant_id WHERE o.session_id = session.id)
            """,
            new { id, now = StoreTime.ToStore(clock.GetUtcNow()) });
        connection.Announce(ChangeKind.Tenant, key, clock.GetUtcNow());
        connection.Write(audit);
        return true;
    });

    private sealed class Row
    {
        public long Id { get; init; }

        public string Name { get; init; } = "";

        public string Key { get; init; } = "";

        public string InternalId { get; init; } = "";

        public long Hidden { get; init; }

        public Tenant ToTenant() => new() { Id = Id, Name = Name, Key = Key, InternalId = InternalId, Hidden = Hidden != 0 };
    }
}
