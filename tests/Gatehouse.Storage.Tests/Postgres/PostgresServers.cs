using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Testing.Servers;

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>The server that the tests of this assembly share, started when the first asks for it, and a database with the schema to copy.</summary>
public sealed class PostgresServers : IAsyncDisposable
{
    private const string Template = "gatehouse_template";
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    /// <summary>The server.</summary>
    public static Task<PostgresServer> ServerAsync() => Shared.Value;

    /// <summary>A database of its own with the schema made.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> DatabaseAsync() => await (await Shared.Value).CreateDatabaseAsync(Template);

    public async ValueTask DisposeAsync()
    {
        if (Shared.IsValueCreated)
        {
            await (await Shared.Value).DisposeAsync();
        }
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync($"CREATE DATABASE {Template} TEMPLATE template0");
        await using var store = new PostgresStore(new StoreOptions { Connection = server.ConnectionOf(Template) }, new Gatehouse.Testing.ManualClock());
        await store.MigrateAsync(default);
        return server;
    }
}
