using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Configuration;

/// <summary>The options of the core (contract http-and-tokens, section 12).</summary>
public static class CoreOptionTables
{
    /// <summary>Section <c>Gatehouse:Passwords</c>.</summary>
    public static OptionTable<PasswordOptions> Passwords { get; } = new OptionTable<PasswordOptions>("Gatehouse:Passwords")
        .Whole("MinimumLength", (o, v) => o.MinimumLength = v, 8, 64, "Shortest password that may be set, in characters.")
        .Text("Blocklist", (o, v) => IsReadable(o.Blocklist = v), "the path of a readable file, one password per line", "Passwords that may not be set, beside the built-in list.")
        .Whole("Rounds", (o, v) => o.Rounds = v, 210_000, 10_000_000, "PBKDF2 rounds of new password hashes; older ones are upgraded at sign-in.")
        .Whole("Lanes", (o, v) => o.Lanes = v, 1, Environment.ProcessorCount, "Passwords that are hashed at once.")
        .Whole("Queue", (o, v) => o.Queue = v, 0, 1_000, "Password checks that may wait; more are answered 503.")
        .Whole("CacheSeconds", (o, v) => o.CacheSeconds = v, 0, 300, "How long a verified password is remembered; 0 is off.");

    /// <summary>Section <c>Gatehouse:Throttle</c>.</summary>
    public static OptionTable<ThrottleOptions> Throttle { get; } = new OptionTable<ThrottleOptions>("Gatehouse:Throttle")
        .Whole("FreeAttempts", (o, v) => o.FreeAttempts = v, 1, 1_000, "Wrong passwords in a row before the first delay.")
        .Whole("FirstDelaySeconds", (o, v) => o.FirstDelaySeconds = v, 1, 3_600, "The first delay; doubled with every further wrong password.")
        .Whole("MaxDelaySeconds", (o, v) => o.MaxDelaySeconds = v, 1, 86_400, "The longest delay.")
        .Whole("LockAfter", (o, v) => o.LockAfter = v, 3, 100, "Wrong passwords in a row that lock the account.")
        .Whole("LockSeconds", (o, v) => o.LockSeconds = v, 0, 2_592_000, "Length of a lock; 0 is until unlocked.")
        .Whole("SourceLimit", (o, v) => o.SourceLimit = v, 10, 1_000_000, "Wrong passwords from one source within its window.")
        .Whole("SourceWindowSeconds", (o, v) => o.SourceWindowSeconds = v, 1, 86_400, "Length of a source's window.")
        .Rule("MaxDelaySeconds", o => o.MaxDelaySeconds < o.FirstDelaySeconds
            ? $"'{o.MaxDelaySeconds}' is not allowed; allowed is a whole number from FirstDelaySeconds ({o.FirstDelaySeconds}) to 86400."
            : null, "FirstDelaySeconds");

    /// <summary>Section <c>Gatehouse:Store</c>.</summary>
    public static OptionTable<StoreOptions> Store { get; } = new OptionTable<StoreOptions>("Gatehouse:Store")
        .Text("Connection", (o, v) => (o.Connection = v) is not null, "a PostgreSQL connection string", "Where state lives; without it, SQLite in the data directory.", isSecret: true)
        .Whole("BusySeconds", (o, v) => o.BusySeconds = v, 1, 30, "How long a change waits for a busy store.")
        .Whole("StaleAfterSeconds", (o, v) => o.StaleAfterSeconds = v, 1, 60, "Without news from the change feed for so long, the store is asked each time.")
        .Whole("OutageGraceSeconds", (o, v) => o.OutageGraceSeconds = v, 1, 3_600, "Without an answer from the store for so long, nothing is accepted any more.");

    /// <summary>Section <c>Gatehouse:Audit</c>.</summary>
    public static OptionTable<AuditOptions> Audit { get; } = new OptionTable<AuditOptions>("Gatehouse:Audit")
        .Whole("RetentionDays", (o, v) => o.RetentionDays = v, 1, 36_500, "Days after which an audit event is deleted.");

    private static bool IsReadable(string path)
    {
        try
        {
            using var _ = File.OpenRead(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
