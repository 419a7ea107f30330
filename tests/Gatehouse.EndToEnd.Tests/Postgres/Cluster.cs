using System.Security.Cryptography;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Storage.Postgres;
using Gatehouse.Testing.Server;
using Gatehouse.Testing.Servers;

namespace Gatehouse.EndToEnd.Tests.Postgres;

/// <summary>Two servers, each with a data directory of its own, on one PostgreSQL database and one master key.</summary>
public sealed class Cluster : IAsyncLifetime
{
    public const string Password = "quince tree on the hill";

    private readonly string _masterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private PostgresServer _postgres = null!;
    private PostgresStore _store = null!;

    public string Connection { get; private set; } = "";

    public GatehouseServer One { get; private set; } = null!;

    public GatehouseServer Other { get; private set; } = null!;

    public IStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        Connection = await _postgres.CreateDatabaseAsync();

        // At once, on an empty database: one makes the schema, the keys and the first account.
        var both = await Task.WhenAll(StartAsync(), StartAsync());
        (One, Other) = (both[0], both[1]);
        _store = new PostgresStore(new StoreOptions { Connection = Connection }, TimeProvider.System);
    }

    public async Task AddAsync(string name, string? password = Password)
    {
        var tenants = await Store.Tenants.ListAsync(default);
        var audit = new AuditEvent { Time = TimeProvider.System.GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted };
        var account = new NewAccount(name, name, Account.LocalAuthority, PasswordHash.Create(password!, 210_000), Roles.None, [.. tenants.Select(tenant => tenant.Id)]);
        await Store.Accounts.AddAsync(account, audit, default);
    }

    /// <summary>Runs a command of the operator, on a machine that has the connection string only.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => GatehouseProgram.RunAsync(
        [.. arguments, "--data", One.Data], environment: new Dictionary<string, string> { ["Gatehouse__Store__Connection"] = Connection });

    public static Task<WireAnswer> LogInAsync(GatehouseServer server, string name, string password = Password) =>
        WireClient.ExchangeAsync(server.Https, ArRequests.Login(name, password));

    public static async Task<int> CallAsync(GatehouseServer server, string token) => (await WireClient.ExchangeAsync(server.Https, ArRequests.Call(token))).Status;

    public static Task<WireAnswer> SendAsync(GatehouseServer server, string request) => WireClient.ExchangeAsync(server.Http, request);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await One.DisposeAsync();
        await Other.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private Task<GatehouseServer> StartAsync() => GatehouseServer.StartAsync(
        ("Store:Connection", Connection), ("Keys:MasterKey", _masterKey), ("Throttle:FreeAttempts", "5"), ("Throttle:FirstDelaySeconds", "600"));
}
