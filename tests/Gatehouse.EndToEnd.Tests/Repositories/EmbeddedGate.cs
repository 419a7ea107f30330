using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Dialects;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>
/// Somebody's own application that speaks the dialect: real sockets, but a clock that the test moves, a directory that
/// it commands, and passwords that cost nothing to hash.
/// </summary>
public sealed class EmbeddedGate : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;

    private EmbeddedGate(TemporaryDirectory directory, WebApplication app, ManualClock clock, CommandedDirectory authority)
    {
        (_directory, _app, Clock, Directory) = (directory, app, clock, authority);
        Address = new Uri(app.Urls.Single());
    }

    public Uri Address { get; }

    public ManualClock Clock { get; }

    public CommandedDirectory Directory { get; }

    public string StoreFile => StoreFileIn(_directory);

    public IStore Store => _app.Services.GetRequiredService<IStore>();

    public AccountAdministration Accounts => _app.Services.GetRequiredService<AccountAdministration>();

    public TenantAdministration Tenants => _app.Services.GetRequiredService<TenantAdministration>();

    public SessionAdministration Sessions => _app.Services.GetRequiredService<SessionAdministration>();

    /// <summary>Starts an application. Plain HTTP is allowed: there is nobody on the way.</summary>
    public static async Task<EmbeddedGate> StartAsync(Action<RepositoriesOptions>? configure = null, Action<ThrottleOptions>? throttle = null)
    {
        var directory = new TemporaryDirectory();
        var clock = new ManualClock();
        var authority = new CommandedDirectory();
        var store = new SqliteStore(StoreFileIn(directory), new StoreOptions { BusySeconds = 1 }, TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var services = builder.Services;
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton<IStore>(store);
        services.AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]));
        services.AddSingleton(new StoreOptions());
        services.AddSingleton(new PasswordOptions { Rounds = 1, MinimumLength = 1 });
        var throttling = new ThrottleOptions { SourceLimit = 100_000 };
        throttle?.Invoke(throttling);
        services.AddSingleton(throttling);
        services.AddSingleton(new TrustedProxies());
        services.AddSingleton<IPasswordAuthority>(authority);
        services.AddKeyedSingleton<IUpstream, TouchyUpstream>(RepositoriesDialect.Id);
        services.AddGatehouse().AddRepositories(options =>
        {
            options.AllowHttp = true;
            configure?.Invoke(options);
        });

        var app = builder.Build();
        app.UseMiddleware<FaultMiddleware>();
        app.UseMiddleware<CallerLegMiddleware>();
        app.UseMiddleware<RequestTargetMiddleware>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapRepositories();
        await app.StartAsync();
        return new EmbeddedGate(directory, app, clock, authority);
    }

    /// <summary>Makes repositories.</summary>
    public async Task AddRepositoriesAsync(params string[] names)
    {
        foreach (var name in names)
        {
            (await Tenants.AddAsync(name, internalId: null, hidden: false, CancellationToken.None)).ShouldBeDone();
        }

        await SettleAsync();
    }

    /// <summary>Makes a hidden repository.</summary>
    public async Task AddHiddenRepositoryAsync(string name)
    {
        (await Tenants.AddAsync(name, internalId: null, hidden: true, CancellationToken.None)).ShouldBeDone();
        await SettleAsync();
    }

    /// <summary>Makes a local account.</summary>
    public async Task AddAccountAsync(string name, string? password, params string[] repositories) =>
        (await Accounts.AddAsync(name, password, repositories, [], CancellationToken.None)).ShouldBeDone();

    /// <summary>Makes an account of the directory.</summary>
    public async Task AddDirectoryAccountAsync(string name, string repository)
    {
        var tenants = (await Store.Tenants.ListAsync(CancellationToken.None)).Where(tenant => tenant.Name == repository).Select(tenant => tenant.Id);
        await Store.Accounts.AddAsync(
            new NewAccount(name, CanonicalName.KeyOf(name), CommandedDirectory.AuthorityName, PasswordHash: null, Roles.None, [.. tenants]),
            new AuditEvent { Time = Clock.GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted },
            CancellationToken.None);
    }

    /// <summary>Issues an API token.</summary>
    public async Task<string> IssueTokenAsync(string account, params string[] repositories)
    {
        var (result, token) = await Sessions.IssueTokenAsync(account, lifetime: null, repositories, label: null, CancellationToken.None);
        result.ShouldBeDone();
        return token!;
    }

    /// <summary>The sign-ins and sign-outs of an account so far, or of a typed name that is none.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditOfAsync(string name)
    {
        await _app.Services.GetRequiredService<AuditTrail>().FlushAsync(CancellationToken.None);
        var events = await Store.Audit.ReadAsync(after: 0, since: null, limit: 10_000, CancellationToken.None);
        return [.. events.Where(audit => audit.Event is AuditEvents.SignIn or AuditEvents.SignOut && (audit.Account ?? audit.Name) == name)];
    }

    /// <summary>Has the gate read what changed in the store, which else it does ten times a second.</summary>
    public async Task SettleAsync() => await _app.Services.GetRequiredService<ChangeFollower>().CatchUpAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private static string StoreFileIn(TemporaryDirectory directory) => directory.File("gatehouse.db");
}

/// <summary>A directory whose answers the test decides.</summary>
public sealed class CommandedDirectory : IPasswordAuthority
{
    public const string AuthorityName = "directory";

    private int _asked;

    public string Name => AuthorityName;

    public AuthorityAnswer Answer { get; set; } = AuthorityAnswer.Right;

    public bool Throws { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public async ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        await Task.Delay(50, cancellationToken);
        return Throws ? throw new InvalidOperationException("a bug with the secret /etc/path in its message") : Answer;
    }
}

/// <summary>The echo, but for paths that end in a way to fail.</summary>
internal sealed class TouchyUpstream : IUpstream
{
    private readonly EchoUpstream _echo = new();

    public ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout) => context.Request.Path.Value!.Split('/')[^1] switch
    {
        "throws" => throw new InvalidOperationException("a bug"),
        "unreachable" => new(ForwardOutcome.Unreachable),
        "silent" => new(ForwardOutcome.TimedOut),
        _ => _echo.ForwardAsync(context, identity, headTimeout),
    };
}

internal static class OperatorResults
{
    public static void ShouldBeDone(this OperatorResult result)
    {
        if (!result.IsDone)
        {
            throw new InvalidOperationException(result.Refusal);
        }
    }
}
