using System.Security.Cryptography;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Testing.Server;
using Gatehouse.Testing.Servers;
using Npgsql;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// Three nodes behind nginx, on one PostgreSQL that waits for its disk; each node has a wire of its own to the store, which
/// a test can silence. Times are short, so that a test sees them pass.
/// </summary>
public sealed class Group : IAsyncDisposable
{
    public const string Password = "quince tree on the hill";
    public const int Accounts = 3;

    /// <summary>Faults need the machine for themselves: these classes run one after the other.</summary>
    public const string Collection = "Faults";

    private readonly string _masterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly FrontDoor _door = new();
    private readonly List<GatehouseServer> _nodes = [];
    private readonly List<CuttingProxy> _wires = [];
    private string _connection = "";

    /// <summary>How long a node may believe its memory without news, while it can ask the store.</summary>
    public static TimeSpan StaleAfter { get; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a node may believe its memory when it cannot.</summary>
    public static TimeSpan OutageGrace { get; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a change waits for the store.</summary>
    public static TimeSpan Busy { get; } = TimeSpan.FromSeconds(2);

    public PostgresServer Postgres { get; private set; } = null!;

    public PostgresServer? Standby { get; private set; }

    public Uri Door => _door.Address;

    internal IReadOnlyList<GatehouseServer> Nodes => _nodes;

    internal IReadOnlyList<CuttingProxy> Wires => _wires;

    /// <summary>Starts everything.</summary>
    /// <param name="standby">With a synchronous standby that can take over; then the nodes have no wires.</param>
    /// <param name="skews">How far each node's clock is off, in seconds.</param>
    internal static async Task<Group> StartAsync(bool standby = false, params int[] skews)
    {
        var group = new Group { Postgres = await PostgresServer.StartAsync(durable: true) };
        try
        {
            group._connection = await group.Postgres.CreateDatabaseAsync();
            if (standby)
            {
                await group.FollowAsync();
            }

            skews = skews.Length == 0 ? [0, 0, 0] : skews;
            foreach (var skew in skews)
            {
                group._wires.Add(new CuttingProxy(group.Postgres.Port));
            }

            // The first makes the schema and the accounts; then the others, at once.
            group._nodes.Add(await group.StartNodeAsync(0, skews[0]));
            await group.AddAccountsAsync();
            group._nodes.AddRange(await Task.WhenAll(Enumerable.Range(1, skews.Length - 1).Select(i => group.StartNodeAsync(i, skews[i]))));
            await group._door.LeadToAsync(group._nodes.Select(node => node.Http));
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts a new node in the place of one that was killed: an empty data directory, the same store and master key.</summary>
    internal async Task ReplaceAsync(int node)
    {
        var old = _nodes[node];
        _nodes[node] = await GatehouseServer.StartOnAsync(null, Options(node, 0));
        await old.DisposeAsync();
        await _door.LeadToAsync(_nodes.Select(one => one.Http));
    }

    /// <summary>Waits until every node says that it should get traffic.</summary>
    internal Task ReadyAsync() => Servers.Eventually.TrueAsync(
        async () =>
        {
            using var client = new HttpClient();
            var answers = await Task.WhenAll(_nodes.Select(node => client.GetAsync(new Uri(node.Http, "/health/ready"))));
            return answers.All(answer => answer.IsSuccessStatusCode);
        },
        TimeSpan.FromSeconds(60));

    public static string NameOf(int account) => $"caller-{account}";

    public async ValueTask DisposeAsync()
    {
        await _door.DisposeAsync();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var wire in _wires)
        {
            await wire.DisposeAsync();
        }

        await (Standby?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Postgres.DisposeAsync();
    }

    private async Task FollowAsync()
    {
        Standby = await PostgresServer.FollowAsync(Postgres);
        await Postgres.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await Postgres.ExecuteAsync("SELECT pg_reload_conf()");
    }

    private Task<GatehouseServer> StartNodeAsync(int node, int skew) => GatehouseServer.StartAsync(Options(node, skew));

    private (string Name, string Value)[] Options(int node, int skew)
    {
        var connection = new NpgsqlConnectionStringBuilder(_connection);
        if (Standby is { } standby)
        {
            connection.Host = $"127.0.0.1:{Postgres.Port},127.0.0.1:{standby.Port}";
            connection.Remove("Port");
        }
        else
        {
            connection.Port = _wires[node].Port;
        }

        (string, string)[] options =
        [
            ("Store:Connection", connection.ConnectionString),
            ("Store:StaleAfterSeconds", $"{StaleAfter.TotalSeconds}"),
            ("Store:OutageGraceSeconds", $"{OutageGrace.TotalSeconds}"),
            ("Store:BusySeconds", $"{Busy.TotalSeconds}"),
            ("Keys:MasterKey", _masterKey),
            ("Dialects:ArSystem:AllowHttp", "true"),
        ];
        return skew == 0
            ? options
            : [
                .. options,
                (GatehouseServer.Variable + "LD_PRELOAD", Faketime.Library),
                (GatehouseServer.Variable + "FAKETIME", FormattableString.Invariant($"{skew:+0;-0}s")),
                (GatehouseServer.Variable + "DONT_FAKE_MONOTONIC", "1"),
            ];
    }

    private async Task AddAccountsAsync()
    {
        await using var store = new PostgresStore(new StoreOptions { Connection = _connection }, TimeProvider.System);
        var tenants = await store.Tenants.ListAsync(default);
        var hash = PasswordHash.Create(Password, 210_000);
        var audit = new AuditEvent { Time = TimeProvider.System.GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted };
        for (var i = 0; i < Accounts; i++)
        {
            await store.Accounts.AddAsync(new NewAccount(NameOf(i), NameOf(i), Account.LocalAuthority, hash, Roles.None, [.. tenants.Select(tenant => tenant.Id)]), audit, default);
        }
    }
}

/// <summary>Classes that run alone.</summary>
[CollectionDefinition(Group.Collection, DisableParallelization = true)]
public sealed class FaultsDefinition;
