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

    /// <summary>Nothing that it hangs on is over: its client, its parent and that one's parents.</summary>
    public const string HangsOnLive =
        """
        ((s.client_id IS NULL OR EXISTS (SELECT 1 FROM account c WHERE c.id = s.client_id AND c.enabled = 1 AND s.sequence > c.cutoff))
          AND (s.parent IS NULL OR NOT EXISTS (
            WITH RECURSIVE up (token) AS (SELECT s.parent UNION SELECT p.parent FROM up JOIN session p ON p.token = up.token WHERE p.parent IS NOT NULL)
            SELECT 1 FROM up LEFT JOIN session q ON q.token = up.token LEFT JOIN account b ON b.id = q.account_id LEFT JOIN account d ON d.id = q.client_id
            WHERE b.id IS NULL OR b.enabled = 0 OR q.ended IS NOT NULL OR q.expires <= @now OR q.last_used + q.idle <= @now OR q.sequence <= b.cutoff
              OR q.sequence <= (SELECT value FROM setting WHERE name = 'cutoff')
              OR (q.client_id IS NOT NULL AND (d.id IS NULL OR d.enabled = 0 OR q.sequence <= d.cutoff)))))
        """;

    private const string Columns =
        """
        s.id, s.token, s.kind, s.account_id AS AccountId, s.dialect, s.sequence, s.issued, s.expires, s.idle, s.last_used AS LastUsed, s.source,
        s.seat, s.family, s.parent, s.client_id AS ClientId, s.label, s.attributes, s.ended, s.retention,
        (SELECT group_concat(tenant_id) FROM session_tenant WHERE session_id = s.id) AS Tenants
        """;

    private const string WithAccount = "FROM session s JOIN account a ON a.id = s.account_id";

    public static void Insert(SqliteConnection connection, Session session)
    {
        connection.Execute(
            """
            INSERT INTO session (id, token, kind, account_id, dialect, sequence, issued, expires, idle, last_used, source, seat, family, parent, client_id, label, attributes, retention)
            VALUES (@id, @token, @kind, @AccountId, @Dialect, @Sequence, @issued, @expires, @idle, @lastUsed, @Source, @Seat, @family, @parent, @ClientId, @Label, @attributes, @retention)
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
                parent = session.Parent?.ToByteArray(),
                session.ClientId,
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

    /// <summary>Ends those among the rows that a condition names which have not ended yet, idle ones too, then what was made from them; announces each.</summary>
    public static List<TokenHash> End(SqliteConnection connection, string where, object parameters, DateTimeOffset now)
    {
        var ended = new List<TokenHash>();
        for (var rows = Select(where, parameters); rows.Count > 0; rows = [.. rows.SelectMany(row => Select("s.parent = @Token", new { row.Token, now = StoreTime.ToStore(now) }))])
        {
            foreach (var (id, token) in rows)
            {
                connection.Execute("UPDATE session SET ended = @now WHERE id = @id", new { id, now = StoreTime.ToStore(now) });
                connection.Announce(ChangeKind.Session, Convert.ToHexString(token), now);
                ended.Add(TokenHash.FromBytes(token));
            }
        }

        return ended;

        List<(byte[] Id, byte[] Token)> Select(string which, object values) =>
            connection.Query<(byte[] Id, byte[] Token)>($"SELECT s.id, s.token {WithAccount} WHERE {CanEnd} AND {which}", values).AsList();
    }

    public static (string Where, DynamicParameters Parameters) Where(SessionFilter filter, DateTimeOffset now)
    {
        var parameters = new DynamicParameters(new { now = StoreTime.ToStore(now), id = filter.Id?.ToByteArray(), filter.AccountId, filter.Dialect, filter.TenantId, Kind = (int?)filter.Kind });
        return (
            """
            ((@id IS NULL OR s.id = @id) AND (@AccountId IS NULL OR s.account_id = @AccountId) AND (@Dialect IS NULL OR s.dialect = @Dialect) AND (@Kind IS NULL OR s.kind = @Kind)
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

        public byte[]? Parent { get; init; }

        public long? ClientId { get; init; }

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
            Parent = Parent is null ? null : TokenHash.FromBytes(Parent),
            ClientId = ClientId,
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
