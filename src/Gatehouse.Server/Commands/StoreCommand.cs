using System.CommandLine;
using Gatehouse.Core;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Gatehouse.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary>Runs commands that work on the store directly, beside a running server, and turns what happened into an exit code.</summary>
internal sealed class StoreCommand(CommonOptions common)
{
    /// <summary>Makes an action that is done or refused.</summary>
    public Func<ParseResult, CancellationToken, Task<int>> Doing(Func<ParseResult, IServiceProvider, CancellationToken, ValueTask<OperatorResult>> work) =>
        Running(async (parsed, services, cancellationToken) =>
        {
            var result = await work(parsed, services, cancellationToken);
            if (result.IsDone)
            {
                return ExitCodes.Done;
            }

            await Console.Error.WriteLineAsync(result.Refusal);
            return ExitCodes.Refused;
        });

    /// <summary>Makes an action that chooses its exit code itself.</summary>
    public Func<ParseResult, CancellationToken, Task<int>> Running(Func<ParseResult, IServiceProvider, CancellationToken, ValueTask<int>> work, bool migrates = true) => async (parsed, cancellationToken) =>
    {
        var settings = Settings.Read(common.SourceOf(parsed), out var faults);
        if (faults.Count > 0)
        {
            return Fail(ExitCodes.Usage, faults);
        }

        try
        {
            var directory = new DataDirectory(settings.Server.Data);
            await using var store = StoreFactory.Create(settings.Store, directory.StoreFile, TimeProvider.System);
            if (migrates)
            {
                await store.MigrateAsync(cancellationToken);
            }

            await using var services = new ServiceCollection()
                .AddSingleton<IStore>(store)
                .AddSingleton(settings)
                .AddSingleton(settings.Passwords)
                .AddGatehouseAdministration()
                .BuildServiceProvider();
            return await work(parsed, services, cancellationToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCodes.StoreUnreachable, [exception.Message]);
        }
    };

    /// <summary>Writes faults to standard error, one line each.</summary>
    public static int Fail(int exitCode, IEnumerable<object> faults)
    {
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault.ToString()!.ReplaceLineEndings(" "));
        }

        return exitCode;
    }
}
