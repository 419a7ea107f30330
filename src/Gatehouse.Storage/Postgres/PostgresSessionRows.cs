using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Gatehouse.Core;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>Rows of the table <c>session</c>, called <c>s</c>, beside their account, called <c>a</c>.</summary>
internal static class PostgresSessionRows
{
    /// <summary>Alive at <c>@now</c>.</summary>
    public const string IsLive = "(" + CanEnd + " AND (s.idle IS NULL OR s.last_used + s.idle > @now))";

    // Idleness does not count here: a node may have seen a use that is not written yet, and what idled out must not
    // say so any more once it is revoked (OI-55).
    private const string CanEnd =
        """
        (s.ended IS NULL AND (s.expires IS NULL OR s.expires > @now)
          AND a.enabled AND s.sequence > a.cutoff AND s.sequence > (SELECT value FROM setting WHERE name = 'cutoff'))
        """;

    /// <summary>Nothing that it hangs on is over: its client, its parent and that one's parents.</summary>
    public const string HangsOnLive =
        """
        ((s.client_id IS NULL OR EXISTS (SELECT 1 FROM account c WHERE c.id = s.client_id AND c.enabled AND s.sequence > c.cutoff))
          AND (s.parent IS NULL OR NOT EXISTS (
            WITH RECURSIVE up (token) AS (SELECT s.parent UNION SELECT p.parent FROM up JOIN session p ON p.token = up.token WHERE p.parent IS NOT NULL)
            SELECT 1 FROM up LEFT JOIN session q ON q.token = up.token LEFT JOIN account b ON b.id = q.account_id LEFT JOIN account d ON d.id = q.client_id
            WHERE b.id IS NULL OR NOT b.enabled OR q.ended IS NOT NULL OR q.expires <= @now OR q.last_used + q.idle <= @now OR q.sequence <= b.cutoff
              OR q.sequence <= (SELECT value FROM setting WHERE name = 'cutoff')
              OR (q.client_id IS NOT NULL AND (d.id IS NULL OR NOT d.enabled OR q.sequence <= d.cutoff)))))
        """;

    private const string Columns =
        """
        s.id, s.token, s.kind, s.account_id AS AccountId, s.dialect, s.sequence, s.issued, s.expires, s.idle, s.last_used AS LastUsed, s.source,
        s.seat, s.family, s.parent, s.client_id AS ClientId, s.label, s.tenants, s.attributes, s.ended, s.retention
        """;

    private const string WithAccount = "FROM session s JOIN account a ON a.id = s.account_id";
    private const int EndedAtOnce = 1_000;

    /// <summary>Inserts a session and draws its sequence number. Only under the locks that <see cref="PostgresLocks"/> names.</summary>
    public static async Task<Session> InsertAsync(PostgresChange change, Session session)
    {
        // Who ends the parent waits for this row and ends it too; or ends it first, and the parent is found dead at the first look.
        if (session.Parent is { } parent)
        {
            await change.ExecuteAsync("SELECT id FROM session WHERE token = @token FOR SHARE", new { token = parent.ToByteArray() });
        }

        var sequence = await change.ScalarAsync<long>(
            """
            INSERT INTO session (id, token, kind, account_id, dialect, sequence, issued, expires, idle, last_used, source, seat, family, parent, client_id, label, tenants, attributes, retention)
            VALUES (@id, @token, @kind, @AccountId, @Dialect, nextval('sign_in_order'), @issued, @expires, @idle, @lastUsed, @source, @seat, @family, @parent, @ClientId, @label, @tenants, @attributes, @retention)
            RETURNING sequence
            """,
            new
            {
                id = session.Id.ToByteArray(),
                token = session.Token.ToByteArray(),
                kind = (int)session.Kind,
                session.AccountId,
                session.Dialect,
                issued = StoreTime.ToStore(session.Issued),
                expires = StoreTime.ToStore(session.Expires),
                idle = (long?)session.IdleTimeout?.TotalMilliseconds,
                lastUsed = StoreTime.ToStore(session.LastUsed),
                source = PostgresText.Storable(session.Source),
                seat = PostgresText.Storable(session.Seat),
                family = session.Family?.ToByteArray(),
                parent = session.Parent?.ToByteArray(),
                session.ClientId,
                label = PostgresText.Storable(session.Label),
                tenants = session.Tenants.IsEmpty ? null : session.Tenants.Order().ToArray(),
                attributes = session.Attributes.IsEmpty ? null : JsonSerializer.Serialize(session.Attributes),
                retention = (long)session.Retention.TotalMilliseconds,
            });
        return session with { Sequence = sequence };
    }

    public static async Task<Session?> FindAsync(NpgsqlConnection connection, TokenHash token) =>
        (await connection.QuerySingleOrDefaultAsync<Row>($"SELECT {Columns} FROM session s WHERE s.token = @token", new { token = token.ToByteArray() }))?.ToSession();

    public static async Task<IReadOnlyList<ListedSession>> ListAsync(NpgsqlConnection connection, string where, object parameters)
    {
        var rows = (await connection.QueryAsync<Row>($"SELECT {Columns}, a.name AS AccountName {WithAccount} WHERE {where} ORDER BY s.issued, s.id", parameters)).AsList();
        var names = rows.Exists(row => row.Tenants is not null)
            ? (await connection.QueryAsync<(long Id, string Name)>("SELECT id, name FROM tenant")).ToDictionary(tenant => tenant.Id, tenant => tenant.Name)
            : [];
        return rows.ConvertAll(row =>
        {
            var session = row.ToSession();
            return new ListedSession(session, row.AccountName, [.. session.Tenants.Where(names.ContainsKey).Select(id => names[id]).Order(CodePointOrder.Instance)]);
        });
    }

    public static Task<bool> ExistsAsync(PostgresChange change, string where, object parameters) =>
        change.ScalarAsync<bool>($"SELECT EXISTS (SELECT 1 {WithAccount} WHERE {where})", parameters);

    public static Task<int> CountAsync(PostgresChange change, string where, object parameters) =>
        change.ScalarAsync<int>($"SELECT count(*)::integer {WithAccount} WHERE {where}", parameters);

    /// <summary>Ends those among the rows that a condition names which have not ended yet, idle ones too, then what was made from them; announces each.</summary>
    public static async Task<List<TokenHash>> EndAsync(PostgresChange change, string where, object parameters, DateTimeOffset now)
    {
        var ended = new List<TokenHash>();
        var tokens = await EndNamedAsync(change, where, parameters, now);
        while (tokens.Count > 0)
        {
            foreach (var token in tokens)
            {
                ended.Add(TokenHash.FromBytes(token));
                change.Announce(ChangeKind.Session, Convert.ToHexString(token), now);
            }

            tokens = await EndNamedAsync(change, "s.parent = ANY (@parents)", new { parents = tokens.ToArray(), now = StoreTime.ToStore(now) }, now);
        }

        return ended;
    }

    // Asks until nothing is left: who it had to wait for has added rows that its first look could not see.
    private static async Task<List<byte[]>> EndNamedAsync(PostgresChange change, string where, object parameters, DateTimeOffset now)
    {
        var ended = new List<byte[]>();
        var with = new DynamicParameters(parameters);
        with.Add("ended", StoreTime.ToStore(now));
        with.Add("most", EndedAtOnce);
        while (true)
        {
            var tokens = await change.QueryAsync<byte[]>(
                $"""
                WITH named AS (SELECT s.token {WithAccount} WHERE {CanEnd} AND {where} ORDER BY s.id LIMIT @most FOR UPDATE OF s)
                UPDATE session s SET ended = @ended FROM named n WHERE s.token = n.token RETURNING s.token
                """,
                with);
            if (tokens.Count == 0)
            {
                return ended;
            }

            ended.AddRange(tokens);
        }
    }

    public static (string Where, DynamicParameters Parameters) Where(SessionFilter filter, DateTimeOffset now)
    {
        var parameters = new DynamicParameters(new { now = StoreTime.ToStore(now), id = filter.Id?.ToByteArray(), filter.AccountId, filter.Dialect, filter.TenantId, Kind = (int?)filter.Kind });
        var conditions = new[]
        {
            filter.Id is null ? null : "s.id = @id",
            filter.AccountId is null ? null : "s.account_id = @AccountId",
            filter.Dialect is null ? null : "s.dialect = @Dialect",
            filter.Kind is null ? null : "s.kind = @Kind",
            filter.TenantId is null ? null : "s.tenants @> ARRAY[@TenantId]",
        };
        return ($"({string.Join(" AND ", conditions.OfType<string>().DefaultIfEmpty("true"))})", parameters);
    }

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public byte[] Token { get; init; } = [];

        public int Kind { get; init; }

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

        public long[]? Tenants { get; init; }

        public string? Attributes { get; init; }

        public long? Ended { get; init; }

        public long Retention { get; init; }

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
            Tenants = Tenants is null ? [] : [.. Tenants],
        };
    }
}
