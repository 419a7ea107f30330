using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// Logs go to standard error: lines for people on a terminal, JSON elsewhere. Standard output is for what a command
/// was asked for. Levels come from the section <c>Logging</c>, but for the framework's own categories: their detailed
/// levels show request targets and header lines (HTT-181).
/// </summary>
internal static class LoggingSetup
{
    private const string Levels = "LogLevel";
    private static readonly string[] FrameworkCategories = ["Microsoft", "System"];

    public static void AddGatehouseLogging(this WebApplicationBuilder builder, IConfiguration configuration)
    {
        var logging = builder.Logging;
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddConfiguration(WithoutFramework(configuration.GetSection("Logging")));
        foreach (var category in FrameworkCategories)
        {
            logging.AddFilter(category, LogLevel.Warning);
        }

        // A failed start is one line on standard error, with its remedy; the host would add a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);

        // The framework's base class says that a request was not authenticated; the dialect answers, and the audit knows.
        logging.AddFilter("Gatehouse.Dialects.*Handler", LogLevel.Warning);
        logging.AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Console.IsErrorRedirected)
        {
            logging.AddJsonConsole(options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "HH:mm:ss ";
                options.ColorBehavior = LoggerColorBehavior.Default;
            });
        }
    }

    private static IConfiguration WithoutFramework(IConfiguration logging)
    {
        var kept = logging.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null && IsHarmless(pair.Key.Split(':')));
        return new ConfigurationBuilder().AddInMemoryCollection(kept).Build();
    }

    // A level for one provider, or for a pattern of categories, would win over the filters that are set here.
    private static bool IsHarmless(string[] path) =>
        !path.Contains(Levels, StringComparer.OrdinalIgnoreCase)
        || (path.Length == 2 && !path[1].Contains('*', StringComparison.Ordinal) && !IsFrameworkCategory(path[1]));

    private static bool IsFrameworkCategory(string name) =>
        Array.Exists(FrameworkCategories, category => name.Equals(category, StringComparison.OrdinalIgnoreCase) || name.StartsWith(category + ".", StringComparison.OrdinalIgnoreCase));
}
