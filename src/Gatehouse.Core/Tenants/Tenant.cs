namespace Gatehouse.Core.Tenants;

/// <summary>A partition that accounts are members of: a repository, a cohort, a tenantName.</summary>
public sealed record Tenant
{
    /// <summary>Longest name, in code points.</summary>
    public const int MaximumNameLength = 128;

    /// <summary>Characters that a tenant's name may not hold: it stands in paths.</summary>
    public const string ForbiddenCharacters = "/\\";

    /// <summary>The tenant that every new installation has.</summary>
    public const string DefaultName = "DEFAULTORG";

    /// <summary>Number of the tenant; never given twice.</summary>
    public required long Id { get; init; }

    /// <summary>Name as created, in normal form C.</summary>
    public required string Name { get; init; }

    /// <summary>Key of the name (<see cref="Text.CanonicalName.Key"/>).</summary>
    public required string Key { get; init; }

    /// <summary>The name that a product shows instead (Operational Intelligence: <c>userCohort</c>); a GUID unless given.</summary>
    public required string InternalId { get; init; }

    /// <summary>Not in public lists; means nothing else.</summary>
    public bool Hidden { get; init; }
}
