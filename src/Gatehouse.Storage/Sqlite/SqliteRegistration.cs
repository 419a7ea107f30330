using Gatehouse.Core;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gatehouse.Storage.Sqlite;

/// <summary>Registers the store on SQLite.</summary>
public static class SqliteRegistration
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Keeps state in one SQLite file, prepared when the application starts. The directory is made where there is none.
    /// Unless the application registers a <see cref="MasterKey"/>, the key is in <c>master.key</c> beside the file, made at
    /// the first start. A file called <c>gatehouse.db</c> in a directory of its own is what the program <c>gatehouse</c> calls
    /// a data directory: its commands work on it.
    /// </summary>
    /// <param name="builder">Where to.</param>
    /// <param name="path">The file; relative to the working directory.</param>
    public static TBuilder UseSqlite<TBuilder>(this TBuilder builder, string path)
        where TBuilder : IGatehouseBuilder
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = Path.GetFullPath(path);
        var services = builder.Services;
        services.TryAddSingleton(_ => MasterKeyFile.ReadOrCreate(Path.Combine(DirectoryOf(file), "master.key")));
        services.TryAddSingleton<IStore>(provider =>
        {
            DirectoryOf(file);
            return new SqliteStore(file, provider.GetRequiredService<StoreOptions>(), provider.GetRequiredService<TimeProvider>());
        });
        services.TryAddSingleton<GatehousePreparation>();
        services.AddHostedService(provider => provider.GetRequiredService<GatehousePreparation>());
        return builder;
    }

    private static string DirectoryOf(string file) => Directory.CreateDirectory(Path.GetDirectoryName(file)!, OwnerOnly).FullName;
}
