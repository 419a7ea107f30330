using System.CommandLine;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Gatehouse.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse doctor</c>: looks at everything that must be right, and says what to do about what is not.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommonOptions common)
    {
        var json = Listing.JsonOption();
        var command = new Command("doctor", "Look at data directory, store and authorities, and say what to do.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings.Read(common.SourceOf(parsed), out var faults);
            if (faults.Count > 0)
            {
                return StoreCommand.Fail(ExitCodes.Usage, faults);
            }

            var (store, isReached) = await StoreAsync(settings, cancellationToken);
            var found = store.Select(finding => (Part: "store", Finding: finding)).ToList();
            await using var services = AuthorityCommands.ServicesOf(settings);
            foreach (var examiner in services.GetServices<IExaminer>().OrderBy(examiner => examiner.Name, StringComparer.Ordinal))
            {
                found.AddRange((await examiner.ExamineAsync(cancellationToken)).Select(finding => (examiner.Name, finding)));
            }

            if (parsed.GetValue(json))
            {
                Listing.Write(json: true, found.Select(one => FindingView.Of(one.Part, one.Finding)));
            }
            else
            {
                found.ForEach(one => Findings.Write(one.Part, one.Finding));
            }

            return !isReached ? ExitCodes.StoreUnreachable
                : found.Exists(one => one.Finding.Level == FindingLevel.Fault) ? ExitCodes.Refused
                : ExitCodes.Done;
        });
        return command;
    }

    private static async Task<(IReadOnlyList<Finding> Findings, bool IsReached)> StoreAsync(Settings settings, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            var directory = new DataDirectory(settings.Server.Data);
            findings.AddRange(directory.Loosened().Select(loose => new Finding(
                FindingLevel.Warning, "rights", $"others than its owner can read or write: {loose}", "Take the rights away: chmod 700 for the directory, 600 for the files.")));
            await using var store = new SqliteStore(directory.StoreFile, settings.Store, TimeProvider.System);
            await store.MigrateAsync(cancellationToken);
            var accounts = await store.Accounts.ListAsync(cancellationToken);
            findings.Add(new Finding(FindingLevel.Good, "reachable", $"{accounts.Count} accounts"));
            return (findings, true);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            findings.Add(new Finding(FindingLevel.Fault, "reachable", exception.Message, "Check --data, its rights and the free space."));
            return (findings, false);
        }
    }
}
