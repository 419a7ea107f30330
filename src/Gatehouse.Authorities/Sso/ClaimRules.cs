using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;

namespace Gatehouse.Authorities.Sso;

/// <summary>
/// What the values of a claim mean here: <c>VALUE=role:NAME</c> gives a role, <c>VALUE=tenant:NAME</c> makes a member. Values
/// are compared exactly; one value may stand in several rules.
/// </summary>
public sealed class ClaimRules
{
    private const string RoleMark = "=role:";
    private const string TenantMark = "=tenant:";
    private const char Separator = ';';

    private readonly ImmutableArray<Rule> _rules;

    private ClaimRules(ImmutableArray<Rule> rules) => _rules = rules;

    /// <summary>No rules: no value means anything.</summary>
    public static ClaimRules None { get; } = new([]);

    /// <summary>Reads rules.</summary>
    /// <param name="lines">The rules.</param>
    /// <param name="take">Gets what was read.</param>
    /// <returns>The first that cannot be read, or null.</returns>
    public static string? Read(IReadOnlyList<string> lines, Action<ClaimRules> take)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(take);
        var rules = ImmutableArray.CreateBuilder<Rule>(lines.Count);
        foreach (var line in lines)
        {
            if (ReadOne(line) is not { } rule)
            {
                return line;
            }

            rules.Add(rule);
        }

        take(new ClaimRules(rules.ToImmutable()));
        return null;
    }

    /// <summary>What values mean.</summary>
    internal (Roles Roles, ImmutableArray<string> Tenants) Apply(IReadOnlyCollection<string> values)
    {
        var matching = _rules.Where(rule => values.Contains(rule.Value, StringComparer.Ordinal)).ToList();
        return (matching.Aggregate(Roles.None, (roles, rule) => roles | rule.Role), [.. matching.Select(rule => rule.Tenant).OfType<string>().Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>
    /// The values of a claim: a text is one value, or several with semicolons between them; an array has its texts. The claim
    /// is looked for under its whole name first, then along the dots in it.
    /// </summary>
    internal static IReadOnlyCollection<string> ValuesOf(JsonElement claims, string path)
    {
        var value = Find(claims, path);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Split(Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
            JsonValueKind.Array => value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToHashSet(StringComparer.Ordinal),
            _ => [],
        };
    }

    private static JsonElement Find(JsonElement claims, string path)
    {
        if (claims.TryGetProperty(path, out var whole))
        {
            return whole;
        }

        foreach (var step in path.Split('.'))
        {
            if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(step, out claims))
            {
                return default;
            }
        }

        return claims;
    }

    private static Rule? ReadOne(string line)
    {
        var (role, tenant) = (line.LastIndexOf(RoleMark, StringComparison.Ordinal), line.LastIndexOf(TenantMark, StringComparison.Ordinal));
        if (role > tenant && role > 0)
        {
            return RoleNames.TryParse(line[(role + RoleMark.Length)..], out var given) ? new Rule(line[..role], given, null) : null;
        }

        var name = tenant > 0 ? line[(tenant + TenantMark.Length)..] : "";
        return name.Length > 0 && CanonicalName.FaultOf(name, Tenant.MaximumNameLength) is null ? new Rule(line[..tenant], Roles.None, name) : null;
    }

    private sealed record Rule(string Value, Roles Role, string? Tenant);
}
