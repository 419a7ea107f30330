using System.CommandLine;
using Gatehouse.Core.Stores;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Gatehouse.Storage;
using Gatehouse.Storage.Checking;
using Gatehouse.Storage.Copying;
using Gatehouse.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse store</c></summary>
internal static class StoreCommands
{
    public static Command Create(StoreCommand store, CommonOptions common)
    {
        var command = new Command("store", "The store: SQLite in the data directory, or PostgreSQL.");
        command.Subcommands.Add(Migrate(store));
        command.Subcommands.Add(Check(store));
        command.Subcommands.Add(Copy(store, common));
        return command;
    }

    private static Command Migrate(StoreCommand store)
    {
        var command = new Command("migrate", "Make the schema, or bring it up to date. A server does so itself when it starts.");
        command.SetAction(store.Running((_, _, _) => ValueTask.FromResult(ExitCodes.Done)));
        return command;
    }

    private static Command Check(StoreCommand store)
    {
        var command = new Command("check", "Look whether the store can be reached, is in order and is set up as a server needs it. Changes nothing.");
        command.SetAction(store.Running(
            async (_, services, cancellationToken) =>
            {
                var findings = await StoreCheck.RunAsync(services.GetRequiredService<IStore>(), cancellationToken);
                foreach (var finding in findings)
                {
                    Console.Out.WriteLine($"{(finding.IsFault ? "FAULT" : "ok"),-6} {finding.What,-18} {finding.Text}");
                }

                return findings.Any(finding => finding.IsFault) ? ExitCodes.Refused : ExitCodes.Done;
            },
            migrates: false));
        return command;
    }

    private static Command Copy(StoreCommand store, CommonOptions common)
    {
        var to = new Option<string>("--to") { Description = "A PostgreSQL connection string, or a data directory for SQLite; must be empty.", HelpName = "CONNECTION-or-DIR", Required = true };
        var command = new Command("copy", "Copy the whole deployment to another store. Stop every server of this one before.") { to };
        to.Validators.Add(result =>
        {
            // A text with a password in it must not come back as an error message, nor become the name of a directory.
            if (result.GetValueOrDefault<string>() is { } text && text.Contains('=', StringComparison.Ordinal) && !PostgresConnectionText.TryCheck(text, out var fault))
            {
                result.AddError($"--to cannot be used: {fault}.");
            }
        });
        command.SetAction(store.Running(async (parsed, services, cancellationToken) =>
        {
            var settings = Settings.Read(common.SourceOf(parsed), out _);
            return await CopyAsync(services.GetRequiredService<IStore>(), settings, parsed.GetValue(to)!, cancellationToken);
        }));
        return command;
    }

    private static async Task<int> CopyAsync(IStore source, Settings settings, string to, CancellationToken cancellationToken)
    {
        var isConnection = to.Contains('=', StringComparison.Ordinal);
        var directory = isConnection ? null : new DataDirectory(to);
        var options = new StoreOptions { Connection = isConnection ? to : "", BusySeconds = settings.Store.BusySeconds };
        await using var target = StoreFactory.Create(options, directory?.StoreFile ?? "", TimeProvider.System);
        await target.MigrateAsync(cancellationToken);
        if (directory is not null && !new DataDirectory(settings.Server.Data).TryLendMasterKey(settings.Server, directory))
        {
            return StoreCommand.Fail(ExitCodes.Refused, [$"{Path.GetFileName(directory.KeyFile)} in the target is another one: the copied keys could not be opened with it. Name an empty directory."]);
        }

        Console.Error.WriteLine("Nobody can change anything in the source while it is copied. What a server that still runs on it changes afterwards is not in the copy: stop it.");
        long? copied;
        try
        {
            copied = await WithProgressAsync(progress => StoreCopy.RunAsync(source, target, progress, cancellationToken));
        }
        catch (InvalidDataException exception)
        {
            return StoreCommand.Fail(ExitCodes.Refused, [exception.Message]);
        }

        if (copied is null)
        {
            return StoreCommand.Fail(ExitCodes.Refused, ["The target is not empty, and was left as it is: name an empty database or directory."]);
        }

        Console.Error.WriteLine(isConnection
            ? $"{copied} rows copied. Start each server with --store, and with the same master key as before (master.key, or Gatehouse:Keys:MasterKey)."
            : $"{copied} rows copied. Start the server with --data {to} and without --store.");
        return ExitCodes.Done;
    }

    private static async Task<long?> WithProgressAsync(Func<IProgress<CopyProgress>, Task<long?>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(new Reporter(_ => { }));
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await terminal.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask("copy");
            return await work(new Reporter(progress =>
            {
                (bar.Description, bar.MaxValue, bar.Value) = (progress.Table, Math.Max(progress.Total, 1), progress.Rows);
            }));
        });
    }

    // At once and in order; the framework's own posts to another thread.
    private sealed class Reporter(Action<CopyProgress> report) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => report(value);
    }
}
