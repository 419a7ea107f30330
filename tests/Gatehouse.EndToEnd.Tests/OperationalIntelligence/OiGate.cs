using System.Diagnostics;
using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing.Server;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>What a grant answered.</summary>
internal sealed record OiTokens(string Tkn, string Rtkn, long UserRefId, string Locale, string Cohort);

/// <summary>
/// A running server as tests of the dialect use it: requests go over real sockets; accounts and tenants are made on its
/// store directly, as the operator's commands do, but without a process for each.
/// </summary>
public sealed class OiGate : IAsyncDisposable
{
    /// <summary>The password of every account that a test makes.</summary>
    public const string Password = "pear tree by the river";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly Lazy<string> Hash = new(() => PasswordHash.Create(Password, 210_000));
    private readonly SqliteStore _store;
    private readonly ServiceProvider _administration;

    private OiGate(GatehouseServer server)
    {
        Server = server;
        _store = new SqliteStore(Path.Combine(server.Data, "gatehouse.db"), new StoreOptions(), TimeProvider.System);
        _administration = new ServiceCollection().AddSingleton<IStore>(_store).AddSingleton(new PasswordOptions()).AddGatehouseAdministration().BuildServiceProvider();
    }

    public GatehouseServer Server { get; }

    public IStore Store => _store;

    /// <summary>What the commands <c>account</c>, <c>tenant</c>, <c>session</c> and <c>token</c> do.</summary>
    public AccountAdministration Accounts => _administration.GetRequiredService<AccountAdministration>();

    /// <inheritdoc cref="Accounts"/>
    public TenantAdministration Tenants => _administration.GetRequiredService<TenantAdministration>();

    /// <inheritdoc cref="Accounts"/>
    public SessionAdministration Sessions => _administration.GetRequiredService<SessionAdministration>();

    public static async Task<OiGate> StartAsync(params (string Name, string Value)[] options) => new(await GatehouseServer.StartAsync(options));

    public static async Task<OiGate> StartOnAsync(string data, params (string Name, string Value)[] options) => new(await GatehouseServer.StartOnAsync(data, options));

    /// <summary>Asks until the answer is yes.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> question)
    {
        var clock = Stopwatch.StartNew();
        while (!await question())
        {
            (clock.Elapsed < Longest).ShouldBeTrue("what the test waits for did not happen");
            await Task.Delay(25);
        }
    }

    /// <summary>Makes an account that is a member of <c>DEFAULTORG</c> and of the named tenants, which are made where they are missing.</summary>
    public async Task AddAsync(string name, Roles roles = Roles.None, string? password = Password, params string[] tenants)
    {
        var ids = new List<long>();
        foreach (var tenant in tenants.Prepend("DEFAULTORG"))
        {
            ids.Add(await TenantAsync(tenant));
        }

        var hash = password switch { null => null, Password => Hash.Value, _ => PasswordHash.Create(password, 210_000) };
        var account = new NewAccount(name, CanonicalName.KeyOf(name), Account.LocalAuthority, hash, roles, [.. ids]);
        (await _store.Accounts.AddAsync(account, Audit(AuditEvents.AccountAdd), default)).ShouldNotBeNull($"every test has names of its own, and '{name}' is taken");
    }

    /// <summary>Number of a tenant, made if missing.</summary>
    public async Task<long> TenantAsync(string name, string? internalId = null)
    {
        var key = CanonicalName.KeyOf(name);
        return ((await _store.Tenants.ListAsync(default)).FirstOrDefault(tenant => tenant.Key == key)
            ?? await _store.Tenants.AddAsync(name, key, internalId ?? Guid.NewGuid().ToString().ToUpperInvariant(), hidden: false, Audit(AuditEvents.TenantAdd), default))!.Id;
    }

    /// <summary>Issues an API token.</summary>
    public async Task<string> IssueAsync(string name, params string[] tenants) => (await Sessions.IssueTokenAsync(name, null, tenants, null, default)).Token.ShouldNotBeNull();

    /// <summary>One request over plain HTTP on a connection of its own.</summary>
    public Task<WireAnswer> SendAsync(string request, string? from = null) => WireClient.ExchangeAsync(Server.Http, request, from);

    /// <summary>Signs in and returns the tokens. Tries for a second: so long a server may take to learn of a tenant that was just made.</summary>
    internal async Task<OiTokens> SignInAsync(string name, string? authorization = OiRequests.DefaultOrg)
    {
        var answer = await SendAsync(OiRequests.SignIn(name, authorization: authorization));
        for (var clock = Stopwatch.StartNew(); answer.Status == 401 && clock.Elapsed < TimeSpan.FromSeconds(1);)
        {
            await Task.Delay(100);
            answer = await SendAsync(OiRequests.SignIn(name, authorization: authorization));
        }

        return Tokens(answer);
    }

    /// <summary>Makes an account and signs it in.</summary>
    internal async Task<OiTokens> AddAndSignInAsync(string name, Roles roles = Roles.None, params string[] tenants)
    {
        await AddAsync(name, roles, Password, tenants);
        return await SignInAsync(name);
    }

    /// <summary>Reads the answer of a grant.</summary>
    internal static OiTokens Tokens(WireAnswer answer)
    {
        answer.Status.ShouldBe(200, answer.Text);
        var body = JsonDocument.Parse(answer.Text).RootElement;
        return new OiTokens(
            body.GetProperty("tkn").GetString()!,
            body.GetProperty("rtkn").GetString()!,
            body.GetProperty("userRefID").GetInt64(),
            body.GetProperty("lc").GetString()!,
            body.GetProperty("userCohort").GetString()!);
    }

    /// <summary>Status of a call with a token.</summary>
    public async Task<int> CallAsync(string token, string scope = "") => (await SendAsync(OiRequests.Call(OiRequests.Bearer(token, scope)))).Status;

    /// <summary>The refresh grant.</summary>
    internal Task<WireAnswer> RefreshAsync(string token) => SendAsync(OiRequests.Refresh(token));

    /// <summary>Audit rows about an account or a typed name, once there is one that is meant.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync(string name, Func<AuditEvent, bool> until)
    {
        IReadOnlyList<AuditEvent> found = [];
        await EventuallyAsync(async () =>
        {
            found = [.. (await AllAuditAsync()).Where(row => row.Account == name || row.Name == name)];
            return found.Any(until);
        });
        return found;
    }

    /// <summary>Lines of the log that hold a text, once there is one.</summary>
    public async Task<IReadOnlyList<string>> LogAsync(params string[] texts)
    {
        IReadOnlyList<string> found = [];
        await EventuallyAsync(() =>
        {
            found = [.. Server.Log.Split('\n').Where(line => texts.All(text => line.Contains(text, StringComparison.Ordinal)))];
            return Task.FromResult(found.Count > 0);
        });
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await _administration.DisposeAsync();
        await _store.DisposeAsync();
        await Server.DisposeAsync();
    }

    private static AuditEvent Audit(string name) => new() { Time = TimeProvider.System.GetUtcNow(), Event = name, Outcome = AuditOutcomes.Accepted };

    private async Task<List<AuditEvent>> AllAuditAsync()
    {
        var all = new List<AuditEvent>();
        while (true)
        {
            var page = await _store.Audit.ReadAsync(all.Count == 0 ? 0 : all[^1].Number, null, 1_000, default);
            all.AddRange(page);
            if (page.Count == 0)
            {
                return all;
            }
        }
    }
}
