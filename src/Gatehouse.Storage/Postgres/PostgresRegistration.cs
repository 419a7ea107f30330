using Gatehouse.Core;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gatehouse.Storage.Postgres;

/// <summary>Registers the store on PostgreSQL.</summary>
public static class PostgresRegistration
{
    /// <summary>
    /// Keeps state in a PostgreSQL database, prepared when the application starts and shared with every other node on it. The
    /// application registers the <see cref="MasterKey"/>: the same on each node.
    /// </summary>
    /// <param name="builder">Where to.</param>
    /// <param name="connection">The connection string (<see cref="PostgresConnectionText.TryCheck"/>).</param>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static TBuilder UsePostgres<TBuilder>(this TBuilder builder, string connection)
        where TBuilder : IGatehouseBuilder
    {
        if (!PostgresConnectionText.TryCheck(connection, out var fault))
        {
            throw new ArgumentException($"The connection string cannot be used: {fault}.", nameof(connection));
        }

        var services = builder.Services;
        services.TryAddSingleton<IStore>(provider =>
        {
            var options = provider.GetRequiredService<StoreOptions>();
            options.Connection = connection;
            return new PostgresStore(options, provider.GetRequiredService<TimeProvider>());
        });
        services.TryAddSingleton<GatehousePreparation>();
        services.AddHostedService(provider => provider.GetRequiredService<GatehousePreparation>());
        return builder;
    }
}
