using System.Globalization;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;

namespace Gatehouse.Server.Commands;

/// <summary>Times as lists show them: RFC 3339, UTC.</summary>
internal static class Times
{
    public static string? TextOf(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>An account as lists show it (HTT-115).</summary>
internal sealed record AccountView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static AccountView Of(Account account, DateTimeOffset now) => new(
    [
        ("name", account.Name),
        ("authority", account.Authority),
        ("enabled", account.Enabled),
        ("locked", account.IsLocked(now)),
        ("tenants", account.Memberships.Select(membership => membership.Name).ToArray()),
        ("roles", RoleNames.NamesOf(account.Roles)),
    ]);
}

/// <summary>A tenant as lists show it.</summary>
internal sealed record TenantView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static TenantView Of(Tenant tenant) => new([("name", tenant.Name), ("id", tenant.InternalId), ("hidden", tenant.Hidden)]);
}

/// <summary>A session or token as lists show it (HTT-114): never the token, never its hash.</summary>
internal sealed record SessionView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static SessionView Of(ListedSession listed) => new(
    [
        ("id", listed.Session.Id.ToString()),
        ("kind", KindOf(listed.Session.Kind)),
        ("account", listed.Account),
        ("tenant", listed.Tenants.Count == 0 ? null : string.Join(',', listed.Tenants)),
        ("dialect", listed.Session.Dialect),
        ("issued", Times.TextOf(listed.Session.Issued)),
        ("expires", Times.TextOf(listed.Session.Expires)),
        ("lastUsed", Times.TextOf(listed.Session.LastUsed)),
        ("source", listed.Session.Source),
        ("label", listed.Session.Label),
    ]);

    private static string KindOf(SessionKind kind) => kind switch
    {
        SessionKind.Session => "session",
        SessionKind.Refresh => "refresh",
        SessionKind.ApiToken => "api-token",
        _ => "oauth-access",
    };
}

/// <summary>An audit event as it is shown (HTT-175).</summary>
internal sealed record AuditView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static AuditView Of(AuditEvent audit) => new(
    [
        ("time", Times.TextOf(audit.Time)),
        ("event", audit.Event),
        ("outcome", audit.Outcome),
        ("account", audit.Account),
        ("name", audit.Name),
        ("dialect", audit.Dialect),
        ("method", audit.Method),
        ("tenant", audit.Tenant),
        ("source", audit.Source),
        ("session", audit.Session),
        ("reason", audit.Reason),
        .. audit.Details.Select(detail => (detail.Key, (object?)detail.Value)),
        .. audit.Numbers.Select(number => (number.Key, (object?)number.Value)),
    ]);
}
