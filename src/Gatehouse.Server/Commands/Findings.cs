using Gatehouse.Core.Operator;
using Gatehouse.Core.Text;

namespace Gatehouse.Server.Commands;

/// <summary>A finding as lists show it.</summary>
internal sealed record FindingView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static FindingView Of(string part, Finding finding) => new(
    [
        ("part", part),
        ("level", Findings.WordOf(finding.Level)),
        ("subject", finding.Subject),
        ("message", finding.Message),
        ("remedy", finding.Remedy),
    ]);
}

/// <summary>Writes findings, each when it is there; what is to be done stands below its finding.</summary>
internal static class Findings
{
    public static string WordOf(FindingLevel level) => level switch
    {
        FindingLevel.Good => "good",
        FindingLevel.Warning => "warning",
        _ => "fault",
    };

    /// <summary>Writes them.</summary>
    /// <returns>Done, or refused where one is a fault.</returns>
    public static async Task<int> WriteAsync(bool json, string part, IAsyncEnumerable<Finding> findings)
    {
        var all = new List<FindingView>();
        var exitCode = ExitCodes.Done;
        await foreach (var finding in findings)
        {
            exitCode = finding.Level == FindingLevel.Fault ? ExitCodes.Refused : exitCode;
            if (json)
            {
                all.Add(FindingView.Of(part, finding));
            }
            else
            {
                Write(part, finding);
            }
        }

        if (json)
        {
            Listing.Write(json: true, all);
        }

        return exitCode;
    }

    /// <summary>Writes one for people.</summary>
    public static void Write(string part, Finding finding)
    {
        Console.Out.WriteLine($"{WordOf(finding.Level),-8} {part}: {TypedText.Escape(finding.Subject)}: {TypedText.Escape(finding.Message)}");
        if (finding.Remedy is { } remedy)
        {
            Console.Out.WriteLine($"{"",-8} -> {TypedText.Escape(remedy)}");
        }
    }
}
