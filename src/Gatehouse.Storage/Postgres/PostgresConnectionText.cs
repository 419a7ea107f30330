using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Gatehouse.Storage.Postgres;

/// <summary>A connection string as the operator wrote it, and what the store adds to it. May hold a password: is never printed.</summary>
public static class PostgresConnectionText
{
    private const int MostConnections = 20;
    private const int LongestConnectSeconds = 5;
    private const int PreparedStatements = 200;

    /// <summary>Whether a text is a connection string that names a host.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fault">What is wrong with it, without any of its values.</param>
    public static bool TryCheck(string text, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            fault = new NpgsqlConnectionStringBuilder(text) switch
            {
                { Host: null or "" } => "it names no Host",
                { Multiplexing: true } => "Multiplexing cannot be used with transactions; take it out",
                _ => null,
            };
            return fault is null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            fault = "it is no list of Keyword=value pairs that Npgsql knows, like 'Host=db;Database=gatehouse;Username=gatehouse;Passfile=/etc/gatehouse/pgpass'";
            return false;
        }
    }

    /// <summary>Fills in what the operator left open, and what the store relies on.</summary>
    internal static NpgsqlConnectionStringBuilder Complete(string text, int busySeconds)
    {
        var given = new NpgsqlConnectionStringBuilder(text);
        var complete = new NpgsqlConnectionStringBuilder(text)
        {
            // A statement is bounded by the server (PostgresDatabase); a server that does not answer at all, by this.
            CommandTimeout = busySeconds + 1,

            // Past its time a command is not waited for any longer: its connection is closed.
            CancellationTimeout = -1,

            // What a connection was told when it was opened holds for its life.
            NoResetOnClose = true,
            Multiplexing = false,
            Enlist = false,
            PersistSecurityInfo = false,
            IncludeErrorDetail = false,
        };
        Default(given, complete, "Timeout", Math.Min(busySeconds, LongestConnectSeconds));
        Default(given, complete, "Maximum Pool Size", MostConnections);
        Default(given, complete, "Max Auto Prepare", PreparedStatements);
        Default(given, complete, "Auto Prepare Min Usages", 2);
        Default(given, complete, "Application Name", "gatehouse");
        Default(given, complete, "Host Recheck Seconds", 1);
        if (complete.Host!.Contains(',', StringComparison.Ordinal))
        {
            // Only one of several hosts takes writes, and it may become another one.
            Default(given, complete, "Target Session Attributes", "primary");
        }

        return complete;
    }

    private static void Default(NpgsqlConnectionStringBuilder given, NpgsqlConnectionStringBuilder complete, string keyword, object value)
    {
        if (!given.ContainsKey(keyword) || !given.ShouldSerialize(keyword))
        {
            complete[keyword] = value;
        }
    }
}
