namespace Gatehouse.Core.Accounts;

/// <summary>What an account may do beyond signing in.</summary>
[Flags]
public enum Roles
{
    /// <summary>Nothing beyond signing in.</summary>
    None = 0,

    /// <summary>Console, and what <see cref="Impersonator"/> and <see cref="Global"/> allow.</summary>
    Administrator = 1,

    /// <summary>May act as another AR System account.</summary>
    Impersonator = 2,

    /// <summary>May use the global scope of Operational Intelligence.</summary>
    Global = 4,

    /// <summary>May use the OAuth endpoints.</summary>
    Client = 8,
}

/// <summary>Names of roles, and what one role includes.</summary>
public static class RoleNames
{
    private static readonly (Roles Role, string Name)[] Table =
    [
        (Roles.Administrator, "administrator"),
        (Roles.Client, "client"),
        (Roles.Global, "global"),
        (Roles.Impersonator, "impersonator"),
    ];

    /// <summary>All names, in alphabetical order.</summary>
    public static IEnumerable<string> All => Table.Select(row => row.Name);

    /// <summary>The names of a set of roles, in alphabetical order.</summary>
    public static IReadOnlyList<string> NamesOf(Roles roles) => [.. Table.Where(row => (roles & row.Role) != Roles.None).Select(row => row.Name)];

    /// <summary>Reads a role's name; letter case matters.</summary>
    public static bool TryParse(string name, out Roles role)
    {
        role = Table.FirstOrDefault(row => row.Name == name).Role;
        return role != Roles.None;
    }

    /// <summary>Adds what a role includes: an administrator is everything but a client.</summary>
    public static Roles Effective(Roles roles) =>
        (roles & Roles.Administrator) != Roles.None ? roles | Roles.Impersonator | Roles.Global : roles;
}
