using System.CommandLine;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse audit</c></summary>
internal static class AuditCommand
{
    private const int Page = 1_000;
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(250);

    public static Command Create(StoreCommand store)
    {
        var json = new Option<bool>("--json") { Description = "Write one JSON object per line." };
        var since = new Option<string?>("--since") { Description = $"Only what is younger than this: {Durations.Form}.", HelpName = "1h" };
        var follow = new Option<bool>("--follow") { Description = "Go on and show what comes." };
        since.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !Durations.TryRead(text, out _))
            {
                result.AddError($"--since takes {Durations.Form}.");
            }
        });
        var command = new Command("audit", "Show the audit trail.") { json, since, follow };
        command.SetAction(store.Running(async (parsed, services, cancellationToken) =>
        {
            DateTimeOffset? earliest = parsed.GetValue(since) is { } text && Durations.TryRead(text, out var age)
                ? services.GetRequiredService<TimeProvider>().GetUtcNow() - age
                : null;
            await ShowAsync(services.GetRequiredService<IStore>().Audit, earliest, parsed.GetValue(json), parsed.GetValue(follow), cancellationToken);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static async Task ShowAsync(IAuditStore audit, DateTimeOffset? since, bool json, bool follow, CancellationToken cancellationToken)
    {
        long last = 0;
        while (true)
        {
            var events = await audit.ReadAsync(last, since, Page, cancellationToken);
            foreach (var found in events)
            {
                Write(AuditView.Of(found), json);
                last = found.Number;
            }

            if (events.Count == Page)
            {
                continue;
            }

            if (!follow || cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(FollowEvery, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Write(AuditView view, bool json)
    {
        if (json)
        {
            Listing.WriteJson(writer => Listing.WriteObject(writer, view));
            return;
        }

        var members = view.Members.Skip(3).Where(member => member.Value is not null).Select(member => $"{member.Name}={Listing.TextOf(member.Value)}");
        Console.Out.WriteLine($"{view.Members[0].Value} {view.Members[1].Value} {view.Members[2].Value} {string.Join(' ', members)}");
    }
}
