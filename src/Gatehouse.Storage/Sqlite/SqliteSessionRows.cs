using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Gatehouse.Core;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Data.Sqlite;

namespace Gatehouse.Storage.Sqlite;

/// <summary>Rows of the table <c>session</c>, called <c>s</c>, beside their account, called <c>a</c>.</summary>
internal static class SqliteSessionRows
{
    /// <summary>Alive at <c>@now</c>.</summary>
    public const string IsLive = "(" + CanEnd + " AND (s.idle IS NULL OR s.last_used + s.idle > @now))";

    // Idleness does not count here: a node may have seen a use that is not written yet, and what idled out must not
    // say so any more once it is revoked (OI-55).
    private const string CanEnd =
        """
        (s.ended IS NULL AND (s.expires IS NULL OR s.expires > @now)
          AND a.enabled = 1 AND s.sequence > a.cutoff AND s.sequence > (SELECT value FROM setting WHERE name = 'cutoff'))
        """;

    private const string Columns =
        """
        s.id, s.token, s.kind, s.account_id AS AccountId, s.dialect, s.sequence, s.issued, s.expires, s.idle, s.last_used AS LastUsed, s.source,
        s.seat, s.family, s.label, s.attributes, s.ended, s.retention,
        (SELECT group_concat(tenant_id) FROM session_tenant WHERE session_id = s.id) AS Tenants
        """;

    private const string WithAccount = "FROM session s JOIN account a ON a.id = s.account_id";

    public static void Insert(SqliteConnection connection, Session session)
    {
        connection.Execute(
            """
            INSERT INTO session (id, token, kind, account_id, dialect, sequence, issued, expires, idle, last_used, source, seat, family, label, attributes, retention)
            VALUES (@id, @token, @kind, @AccountId, @Dialect, @Sequence, @issued, @expires, @idle, @lastUsed, @Source, @Seat, @family, @Label, @attributes, @retention)
            """,
            new
            {
                id = session.Id.ToByteArray(),
                token = session.Token.ToByteArray(),
                kind = (int)session.Kind,
                session.AccountId,
                session.Dialect,
                session.Sequence,
                issued = StoreTime.ToStore(session.Issued),
                expires = StoreTime.ToStore(session.Expires),
                idle = (long?)session.IdleTimeout?.TotalMilliseconds,
                lastUsed = StoreTime.ToStore(session.LastUsed),
                session.Source,
                session.Seat,
                family = session.Family?.ToByteArray(),
                session.Label,
                attributes = session.Attributes.IsEmpty ? null : JsonSerializer.Serialize(session.Attributes),
                retention = (long)session.Retention.TotalMilliseconds,
            });
        foreach (var tenant in session.Tenants)
        {
            connection.Execute("INSERT INTO session_tenant (session_id, tenant_id) VALUES (@id, @tenant)", new { id = session.Id.ToByteArray(), tenant });
        }
    }

    /// <summary>Whether a session stands on this token already.</summary>
    public static bool IsTaken(SqliteConnection connection, TokenHash token) =>
        connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM session WHERE token = @token)", new { token = token.ToByteArray() });

    public static Session? Find(SqliteConnection connection, TokenHash token) =>
        connection.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM session s WHERE s.token = @token", new { token = token.ToByteArray() })?.ToSession();

    public static IReadOnlyList<ListedSession> List(SqliteConnection connection, string where, object parameters)
    {
        var rows = connection.Query<Row>($"SELECT {Columns}, a.name AS AccountName {WithAccount} WHERE {where} ORDER BY s.issued, s.id", parameters).AsList();
        var names = rows.Exists(row => row.Tenants is not null)
            ? connection.Query<(long Id, string Name)>("SELECT id, name FROM tenant").ToDictionary(tenant => tenant.Id, tenant => tenant.Name)
            : [];
        return rows.ConvertAll(row =>
        {
            var session = row.ToSession();
            return new ListedSession(session, row.AccountName, [.. session.Tenants.Where(names.ContainsKey).Select(id => names[id]).Order(CodePointOrder.Instance)]);
        });
    }

    public static bool Exists(SqliteConnection connection, string where, object parameters) =>
        connection.ExecuteScalar<bool>($"SELECT EXISTS (SELECT 1 {WithAccount} WHERE {where})", parameters);

    public static int Count(SqliteConnection connection, string where, object parameters) =>
        connection.ExecuteScalar<int>($"SELECT count(*) {WithAccount} WHERE {where}", parameters);

    /// <summary>Ends those among the rows that a condition names which have not ended yet, idle ones too, and announces each.</summary>
    public static List<TokenHash> End(SqliteConnection connection, string where, object parameters, DateTimeOffset now)
    {
        var rows = connection.Query<(byte[] Id, byte[] Token)>($"SELECT s.id, s.token {WithAccount} WHERE {CanEnd} AND {where}", parameters).AsList();
        foreach (var (id, token) in rows)
        {
            connection.Execute("UPDATE session SET ended = @now WHERE id = @id", new { id, now = StoreTime.ToStore(now) });
            connection.Announce(ChangeKind.Session, Convert.ToHexString(token), now);
        }

        return rows.ConvertAll(row => TokenHash.FromBytes(row.Token));
    }

    public static (string Where, DynamicParameters Parameters) Where(SessionFilter filter, DateTimeOffset now)
    {
        var parameters = new DynamicParameters(new { now = StoreTime.ToStore(now), filter.AccountId, filter.Dialect, filter.TenantId, Kind = (int?)filter.Kind });
        return (
            """
            ((@AccountId IS NULL OR s.account_id = @AccountId) AND (@Dialect IS NULL OR s.dialect = @Dialect) AND (@Kind IS NULL OR s.kind = @Kind)
              AND (@TenantId IS NULL OR EXISTS (SELECT 1 FROM session_tenant st WHERE st.session_id = s.id AND st.tenant_id = @TenantId)))
            """,
            parameters);
    }

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public byte[] Token { get; init; } = [];

        public long Kind { get; init; }

        public long AccountId { get; init; }

        public string? Dialect { get; init; }

        public long Sequence { get; init; }

        public long Issued { get; init; }

        public long? Expires { get; init; }

        public long? Idle { get; init; }

        public long LastUsed { get; init; }

        public string? Source { get; init; }

        public string? Seat { get; init; }

        public byte[]? Family { get; init; }

        public string? Label { get; init; }

        public string? Attributes { get; init; }

        public long? Ended { get; init; }

        public long Retention { get; init; }

        public string? Tenants { get; init; }

        public string AccountName { get; init; } = "";

        public Session ToSession() => new()
        {
            Id = PublicId.FromBytes(Id),
            Token = TokenHash.FromBytes(Token),
            Kind = (SessionKind)Kind,
            AccountId = AccountId,
            Dialect = Dialect,
            Sequence = Sequence,
            Issued = StoreTime.FromStore(Issued),
            Expires = StoreTime.FromStore(Expires),
            IdleTimeout = Idle is { } idle ? TimeSpan.FromMilliseconds(idle) : null,
            LastUsed = StoreTime.FromStore(LastUsed),
            Source = Source,
            Seat = Seat,
            Family = Family is null ? null : PublicId.FromBytes(Family),
            Label = Label,
            Attributes = Attributes is null
                ? ImmutableSortedDictionary<string, string>.Empty
                : JsonSerializer.Deserialize<Dictionary<string, string>>(Attributes)!.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Ended = StoreTime.FromStore(Ended),
            Retention = TimeSpan.FromMilliseconds(Retention),
            Tenants = Tenants is null ? [] : [.. Tenants.Split(',').Select(id => long.Parse(id, System.Globalization.CultureInfo.InvariantCulture)).Order()],
        };
    }
}
