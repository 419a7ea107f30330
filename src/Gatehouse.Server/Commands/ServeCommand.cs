using System.CommandLine;
using System.Security.Cryptography;
using Gatehouse.Core.Stores;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Gatehouse.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse serve</c>, the default command.</summary>
internal static class ServeCommand
{
    public static Command Create(CommonOptions common)
    {
        var command = new Command("serve", "Run the server (default command).") { common.Urls };
        command.SetAction((parsed, cancellationToken) => RunAsync(common.SourceOf(parsed, withUrls: true), cancellationToken));
        return command;
    }

    /// <summary>Runs the server until it is asked to stop.</summary>
    public static async Task<int> RunAsync(SettingsSource source, CancellationToken cancellationToken)
    {
        var settings = Settings.Read(source, out var faults);
        if (faults.Count > 0)
        {
            return StoreCommand.Fail(ExitCodes.Usage, faults);
        }

        try
        {
            var directory = new DataDirectory(settings.Server.Data);
            await using var store = StoreFactory.Create(settings.Store, directory.StoreFile, TimeProvider.System);
            await store.MigrateAsync(cancellationToken);
            var isFirstStart = await store.Accounts.GetBootstrapAsync(cancellationToken) == Bootstrap.Fresh;
            using var masterKey = directory.ReadMasterKey(settings.Server, mayMake: isFirstStart || settings.Store.Connection.Length == 0);
            await using var app = GatehouseHost.Build(settings, directory, store, masterKey);
            await ServeAsync(app, directory, settings, source, cancellationToken);
            return ExitCodes.Done;
        }
        catch (StoreUnavailableException exception)
        {
            return StoreCommand.Fail(ExitCodes.StoreUnreachable, [exception.Message]);
        }
        catch (CryptographicException exception)
        {
            return StoreCommand.Fail(ExitCodes.Usage, [$"A key cannot be opened ({exception.Message}). Restore the master key and the TLS files that belong to this store."]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // An address in use, a directory that cannot be written to.
            return StoreCommand.Fail(ExitCodes.Refused, [exception.Message]);
        }
    }

    private static async Task ServeAsync(WebApplication app, DataDirectory directory, Settings settings, SettingsSource source, CancellationToken cancellationToken)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand));
        foreach (var loose in directory.Loosened().Concat(ConfigurationReload.Loosened(settings)))
        {
            ServerLog.LooseMode(logger, loose);
        }

        await GatehouseHost.WarmUpAsync(app.Services, cancellationToken);
        var firstStart = app.Services.GetRequiredService<FirstStart>();
        await using var hold = await firstStart.HoldAsync(cancellationToken);
        var password = await firstStart.PrepareAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        ServerLog.Listening(logger, ProgramVersion.Text, string.Join(' ', app.Urls));
        if (password is not null)
        {
            FirstStart.Announce(Console.Out, password, [.. app.Urls]);
            await firstStart.ConfirmAsync(cancellationToken);
        }

        await (hold?.DisposeAsync() ?? ValueTask.CompletedTask);

        app.Services.GetRequiredService<Readiness>().Started();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reload = app.Services.GetRequiredService<ConfigurationReload>().RunAsync(settings, source, watching.Token);
        await app.WaitForShutdownAsync(cancellationToken);
        await watching.CancelAsync();
        await reload;
    }
}
