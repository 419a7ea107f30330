using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Testing;
using Npgsql;
using Shouldly;

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>Nodes on a database of the test's own, and plain connections that stand for nodes that stop in the middle.</summary>
internal sealed class PostgresTestStores(string connection, int busySeconds = 20) : IAsyncDisposable
{
    private readonly List<PostgresStore> _stores = [];

    public ManualClock Clock { get; } = new();

    public string Connection => connection;

    public static async Task<PostgresTestStores> CreateAsync(int busySeconds = 20) => new(await PostgresServers.DatabaseAsync(), busySeconds);

    public PostgresStore Open(string? through = null)
    {
        var store = new PostgresStore(new StoreOptions { Connection = through ?? connection, BusySeconds = busySeconds }, Clock);
        _stores.Add(store);
        return store;
    }

    /// <summary>A connection of the test's own.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var raw = new NpgsqlConnection(connection + ";Pooling=false");
        await raw.OpenAsync();
        return raw;
    }

    public static AuditEvent Event(string name = "test") => new() { Time = DateTimeOffset.UnixEpoch.AddYears(56), Event = name, Outcome = AuditOutcomes.Accepted };

    public static async Task<Account> AddAccountAsync(IStore store, string name = "alice") =>
        (await store.Accounts.AddAsync(new NewAccount(name, name, Account.LocalAuthority, "hash", Roles.None, []), Event(), default)).ShouldNotBeNull();

    public Session NewSession(Account account, string? token = null) => new()
    {
        Id = Core.PublicId.New(Clock.GetUtcNow()),
        Token = TokenHash.Of(token ?? Guid.NewGuid().ToString()),
        Kind = SessionKind.Session,
        AccountId = account.Id,
        Dialect = "ar-system",
        Issued = Clock.GetUtcNow(),
        LastUsed = Clock.GetUtcNow(),
        Expires = Clock.GetUtcNow().AddHours(8),
        Retention = TimeSpan.FromHours(1),
    };

    public async Task<Session> SignInAsync(IStore store, Account account, string? token = null)
    {
        var (outcome, session, _) = await store.Sessions.AddAsync(NewSession(account, token), new SessionConditions(), _ => Event(), default);
        outcome.ShouldBe(SessionAdmission.Added);
        return session;
    }

    public static async Task<T> ScalarAsync<T>(NpgsqlConnection raw, string sql)
    {
        await using var command = new NpgsqlCommand(sql, raw);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until so many sessions of the database stand still before a lock.</summary>
    public static async Task UntilWaitingAsync(NpgsqlConnection raw, long count = 1)
    {
        for (var i = 0; await ScalarAsync<long>(raw, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < count; i++)
        {
            (i < 1000).ShouldBeTrue("nobody waits for the lock");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }
}
