using Dapper;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteKeys(SqliteDatabase database, SqliteWriter writer, TimeProvider clock) : IKeyStore
{
    public ValueTask<IReadOnlyList<StoredKey>> ListAsync(string purpose, CancellationToken cancellationToken) => new(database.Read(connection => List(connection, purpose)));

    public ValueTask<bool> ReplaceAsync(string purpose, IReadOnlyList<string> expected, IReadOnlyList<StoredKey> keys, CancellationToken cancellationToken) => writer.WriteAsync(connection =>
    {
        if (!List(connection, purpose).Select(key => key.Id).ToHashSet(StringComparer.Ordinal).SetEquals(expected))
        {
            return false;
        }

        connection.Execute("DELETE FROM signing_key WHERE purpose = @purpose", new { purpose });
        foreach (var key in keys)
        {
            connection.Execute(
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

        connection.Announce(ChangeKind.Keys, purpose, clock.GetUtcNow());
        return true;
    });

    private static IReadOnlyList<StoredKey> List(SqliteConnection connection, string purpose) =>
    [
        .. connection
            .Query<Row>("SELECT id, purpose, announced, active, retired, dead, material FROM signing_key WHERE purpose = @purpose ORDER BY active, id", new { purpose })
            .Select(row => row.ToKey()),
    ];

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
