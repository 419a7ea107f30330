using Dapper;
using Gatehouse.Core.Stores;

namespace Gatehouse.Storage.Postgres;

/// <inheritdoc/>
internal sealed class PostgresKeys(PostgresDatabase database, PostgresWriter writer, TimeProvider clock) : IKeyStore
{
    private const string Select = "SELECT id, purpose, announced, active, retired, dead, material FROM signing_key WHERE purpose = @purpose ORDER BY active, id COLLATE \"C\"";

    public ValueTask<IReadOnlyList<StoredKey>> ListAsync(string purpose, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<StoredKey>>(
        async connection => [.. (await connection.QueryAsync<Row>(Select, new { purpose })).Select(row => row.ToKey())], cancellationToken);

    public ValueTask<bool> ReplaceAsync(string purpose, IReadOnlyList<string> expected, IReadOnlyList<StoredKey> keys, CancellationToken cancellationToken) => writer.WriteAsync(async change =>
    {
        await change.LockAsync(PostgresLocks.Keys);
        if (!(await change.QueryAsync<Row>(Select, new { purpose })).Select(key => key.Id).ToHashSet(StringComparer.Ordinal).SetEquals(expected))
        {
            return false;
        }

        await change.ExecuteAsync("DELETE FROM signing_key WHERE purpose = @purpose", new { purpose });
        foreach (var key in keys)
        {
            await change.ExecuteAsync(
                "INSERT INTO signing_key (id, purpose, announced, active, retired, dead, material) VALUES (@Id, @Purpose, @announced, @active, @retired, @dead, @Material)",
                new
                {
                    key.Id,
                    key.Purpose,
                    announced = StoreTime.ToStore(key.Announced),
                    active = StoreTime.ToStore(key.Active),
                    retired = StoreTime.ToStore(key.Retired),
                    dead = StoreTime.ToStore(key.Dead),
                    key.Material,
                });
        }

        change.Announce(ChangeKind.Keys, purpose, clock.GetUtcNow());
        return true;
    });

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Purpose { get; init; } = "";

        public long Announced { get; init; }

        public long Active { get; init; }

        public long? Retired { get; init; }

        public long? Dead { get; init; }

        public byte[] Material { get; init; } = [];

        public StoredKey ToKey() => new(
            Id, Purpose, StoreTime.FromStore(Announced), StoreTime.FromStore(Active), StoreTime.FromStore(Retired), StoreTime.FromStore(Dead), Material);
    }
}
