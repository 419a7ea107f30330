using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.Servers;

/// <summary>
/// A running server as tests use it: requests go over real sockets; accounts are made, and state is looked at, on its
/// store directly, as the operator's commands do, but without a process for each.
/// </summary>
public sealed class Gate : IAsyncDisposable
{
    /// <summary>The password of every account that a test makes without naming another one.</summary>
    public const string Password = "plum tree in the garden";

    private static readonly Lazy<string> PasswordHashOnce = new(() => PasswordHash.Create(Password, 210_000));
    private readonly SqliteStore _store;
    private readonly Lazy<Task<string>> _sharedToken;

    private Gate(GatehouseServer server)
    {
        Server = server;
        _store = new SqliteStore(StoreFile, new StoreOptions(), TimeProvider.System);
        _sharedToken = new(async () =>
        {
            await AddAsync("shared");
            return await TokenAsync("shared");
        });
    }

    public GatehouseServer Server { get; }

    public string StoreFile => Path.Combine(Server.Data, "gatehouse.db");

    public IStore Store => _store;

    public static Task<Gate> StartAsync(params (string Name, string Value)[] options) => StartOnAsync(null, options);

    public static async Task<Gate> StartOnAsync(string? data, params (string Name, string Value)[] options) => new(await GatehouseServer.StartOnAsync(data, options));

    /// <summary>A token of the account <c>shared</c>: made once, for every test that leaves it alive.</summary>
    public Task<string> SharedTokenAsync() => _sharedToken.Value;

    /// <summary>Makes an account.</summary>
    public async Task AddAsync(string name, Roles roles = Roles.None, string? password = Password)
    {
        var hash = password switch { null => null, Password => PasswordHashOnce.Value, _ => PasswordHash.Create(Normal(password), 210_000) };
        var account = new NewAccount(name, CanonicalName.KeyOf(name), Account.LocalAuthority, hash, roles, []);
        var audit = new AuditEvent { Time = TimeProvider.System.GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted, Account = name };
        if (await _store.Accounts.AddAsync(account, audit, CancellationToken.None) is null)
        {
            throw new InvalidOperationException($"There is an account '{name}' already: every test has names of its own.");
        }
    }

    /// <summary>One request over TLS on a connection of its own.</summary>
    public Task<WireAnswer> SendAsync(string request, string? from = null) => WireClient.ExchangeAsync(Server.Https, request, from);

    /// <summary>One request over plain HTTP on a connection of its own.</summary>
    public Task<WireAnswer> SendPlainAsync(string request, string? from = null) => WireClient.ExchangeAsync(Server.Http, request, from);

    public Task<WireClient> ConnectAsync(string? from = null) => WireClient.ConnectAsync(Server.Https, from);

    public Task<WireAnswer> LogInAsync(string name, string password = Password, string? from = null) => SendAsync(ArRequests.Login(name, password), from);

    /// <summary>Logs in and returns the token.</summary>
    public async Task<string> TokenAsync(string name, string password = Password, string? from = null)
    {
        var answer = await LogInAsync(name, password, from);
        return answer.Status == 200 ? answer.Text : throw new InvalidOperationException($"No token for '{name}': {answer.Status} {answer.Text}");
    }

    public Task<WireAnswer> CallAsync(string token) => SendAsync(ArRequests.Call(token));

    public Task<WireAnswer> LogOutAsync(string token) => SendAsync(ArRequests.Logout(token));

    /// <summary>The live sessions of an account.</summary>
    public async Task<IReadOnlyList<ListedSession>> SessionsAsync(string name)
    {
        var account = (await _store.Accounts.FindAsync(CanonicalName.KeyOf(name), CancellationToken.None))!.Account;
        return await _store.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, TimeProvider.System.GetUtcNow(), CancellationToken.None);
    }

    /// <summary>
    /// Audit rows about a name, whether it is an account's or was only typed. Waits for the first, as refusals are written up to a second later.
    /// </summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync(string name, Func<AuditEvent, bool>? until = null)
    {
        IReadOnlyList<AuditEvent> found = [];
        await Eventually.TrueAsync(async () =>
        {
            found = [.. (await AuditAsync()).Where(row => row.Account == name || row.Name == name)];
            return until is null ? found.Count > 0 : found.Any(until);
        });
        return found;
    }

    /// <summary>All audit rows, oldest first.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync()
    {
        var all = new List<AuditEvent>();
        while (true)
        {
            var page = await _store.Audit.ReadAsync(all.Count == 0 ? 0 : all[^1].Number, null, 1_000, CancellationToken.None);
            all.AddRange(page);
            if (page.Count == 0)
            {
                return all;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static string Normal(string password) => TypedText.TryNormalize(password, out var normal) ? normal : password;
}
