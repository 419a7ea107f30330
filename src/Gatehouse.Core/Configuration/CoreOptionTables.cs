using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Configuration;

/// <summary>The options of the core (contract http-and-tokens, section 12).</summary>
public static class CoreOptionTables
{
    // The schema must not depend on the machine that wrote it.
    private const int MostCores = 1_024;
    private const string OrderAllowed = "a list of names of authorities, each once: local, and those configured here";

    /// <summary>Section <c>Gatehouse:Passwords</c>.</summary>
    public static OptionTable<PasswordOptions> Passwords { get; } = new OptionTable<PasswordOptions>("Gatehouse:Passwords")
        .Whole("MinimumLength", (o, v) => o.MinimumLength = v, 8, 64, "Shortest password that may be set, in characters.")
        .Text("Blocklist", (o, v) => IsReadable(o.Blocklist = v), "the path of a readable file, one password per line", "Passwords that may not be set, beside the built-in list.")
        .Whole("Rounds", (o, v) => o.Rounds = v, 210_000, 10_000_000, "PBKDF2 rounds of new password hashes; older ones are upgraded at sign-in.")
        .Whole("Lanes", (o, v) => o.Lanes = v, 1, MostCores, "Passwords that are hashed at once; not more than the machine has cores, which is the default.")
        .Whole("Queue", (o, v) => o.Queue = v, 0, 1_000, "Password checks that may wait; more are answered 503.")
        .Whole("CacheSeconds", (o, v) => o.CacheSeconds = v, 0, 300, "How long a verified password is remembered; 0 is off.")
        .Rule("Lanes", o => o.Lanes > Environment.ProcessorCount
            ? $"'{o.Lanes}' is not allowed; allowed is a whole number from 1 to the number of cores ({Environment.ProcessorCount})."
            : null);

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

    /// <summary>Section <c>Gatehouse:Authorities</c>.</summary>
    public static OptionTable<AuthorityOptions> Authorities { get; } = new OptionTable<AuthorityOptions>("Gatehouse:Authorities")
        .List("Order", (o, v) => FaultOfOrder(o.Order = v), OrderAllowed, "Who is asked about a name that has no account yet, first asked first. An account is always answered for by its own authority; one that is missing here does not answer at all. Default: local, then the others by name.");

    /// <summary>Section <c>Gatehouse:Authorities:Tenants:*</c>: the authorities of one tenant.</summary>
    /// <param name="tenant">Name of the tenant.</param>
    public static OptionTable<AuthorityOptions> AuthoritiesOf(string tenant) => new OptionTable<AuthorityOptions>($"Gatehouse:Authorities:Tenants:{tenant}")
        .List(
            "Order",
            (o, v) => FaultOfOrder(o.Tenants[Core.Text.CanonicalName.KeyOf(tenant)] = v),
            OrderAllowed,
            "The same for sign-ins that name this tenant: who is not in the list cannot sign in to it.");

    private static string? FaultOfOrder(IReadOnlyList<string> order) =>
        order.Count == 0 ? "" : order.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)?.Key;

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
