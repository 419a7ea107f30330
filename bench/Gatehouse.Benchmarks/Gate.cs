using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.OAuth;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Benchmarks;

/// <summary>The gate without its web server, on a store of its own, with one account.</summary>
internal sealed class Gate : IAsyncDisposable
{
    public const string UserName = "alice";
    public const string Password = "correct horse battery staples";

    private readonly DirectoryInfo _directory;
    private readonly IStore _store;

    private Gate(ServiceProvider services, IStore store, DirectoryInfo directory)
    {
        Services = services;
        _store = store;
        _directory = directory;
    }

    public static IPAddress Caller { get; } = IPAddress.Loopback;

    public ServiceProvider Services { get; }

    public IStore Store => _store;

    public Account Account { get; private set; } = null!;

    /// <summary>Opens a store, with one account.</summary>
    /// <param name="passwordCacheSeconds">Life of a remembered password.</param>
    /// <param name="connection">An empty PostgreSQL database; null: SQLite.</param>
    public static async Task<Gate> OpenAsync(int passwordCacheSeconds = 300, string? connection = null)
    {
        var directory = Directory.CreateTempSubdirectory("gatehouse-bench-");
        var storeOptions = new StoreOptions { StaleAfterSeconds = 60, BusySeconds = 30, Connection = connection ?? "" };
        IStore store = connection is null
            ? new SqliteStore(Path.Combine(directory.FullName, "gatehouse.db"), storeOptions, TimeProvider.System)
            : new PostgresStore(storeOptions, TimeProvider.System);
        await store.MigrateAsync(default);
        var services = new ServiceCollection();
        services.AddSingleton(typeof(Microsoft.Extensions.Logging.ILogger<>), typeof(NullLogger<>));
        services.AddLogging();
        services.AddSingleton<IStore>(store);
        services.AddSingleton(storeOptions);
        services.AddSingleton(new PasswordOptions { CacheSeconds = passwordCacheSeconds });
        services.AddSingleton(new ThrottleOptions());
        services.AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]));
        services.AddGatehouse().AddArSystem().AddOAuth(options => options.Issuer = "https://gate.example");
        var gate = new Gate(services.BuildServiceProvider(), store, directory);
        await gate.Services.GetRequiredService<AccountAdministration>().AddAsync(UserName, Password, [], [], default);
        gate.Account = (await store.Accounts.FindAsync(UserName, default))!.Account;
        await gate.Services.GetRequiredService<KeyRings>().ReloadAllAsync(default);
        await gate.Services.GetRequiredService<ChangeFollower>().StartAsync(default);
        return gate;
    }

    public async ValueTask DisposeAsync()
    {
        await Services.GetRequiredService<ChangeFollower>().StopAsync(default);
        await Services.DisposeAsync();
        await ((IAsyncDisposable)_store).DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
