using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Configuration;

namespace Gatehouse.Authorities.Ldap;

/// <summary>What kind of directory it is.</summary>
public enum LdapKind
{
    /// <summary>OpenLDAP and others that keep to the standards.</summary>
    OpenLdap,

    /// <summary>Active Directory, or Samba as a domain controller.</summary>
    ActiveDirectory,
}

/// <summary>How the groups of a person are found.</summary>
public enum LdapGroupSearch
{
    /// <summary>The attribute <c>memberOf</c> of the person: groups that name the person itself.</summary>
    MemberOf,

    /// <summary>Groups that name the person in <c>member</c>, <c>uniqueMember</c> or <c>memberUid</c>, and groups that hold those groups.</summary>
    Member,

    /// <summary>The directory follows nested groups itself (Active Directory).</summary>
    Chain,
}

/// <summary>The options of one directory (section <c>Gatehouse:Authorities:Ldap:&lt;name&gt;</c>).</summary>
public sealed class LdapOptions
{
    private const int LongestSeconds = 60;

    private static readonly Dictionary<string, LdapKind> Kinds = new(StringComparer.Ordinal) { ["openldap"] = LdapKind.OpenLdap, ["active-directory"] = LdapKind.ActiveDirectory };

    private static readonly Dictionary<string, LdapGroupSearch> GroupSearches = new(StringComparer.Ordinal)
    {
        ["member-of"] = LdapGroupSearch.MemberOf,
        ["member"] = LdapGroupSearch.Member,
        ["chain"] = LdapGroupSearch.Chain,
    };

    private string? _nameAttribute;
    private string? _userFilter;
    private string? _idAttribute;
    private LdapGroupSearch? _groupSearch;

    /// <summary>What kind of directory it is: the defaults of many others.</summary>
    public LdapKind Kind { get; private set; }

    /// <summary>Where people are searched, and what they must be below.</summary>
    public string BaseDn { get; private set; } = "";

    /// <summary>The account that searches; empty for an anonymous search, or for none with <see cref="BindTemplate"/>.</summary>
    public string BindDn { get; private set; } = "";

    /// <summary>The name to bind with, without a search before: <c>uid={name},ou=people,dc=example,dc=org</c> or <c>DOMAIN\{name}</c>.</summary>
    public string? BindTemplate { get; private set; }

    /// <summary>The attribute whose value becomes the account's name.</summary>
    public string NameAttribute => _nameAttribute ?? (Kind == LdapKind.ActiveDirectory ? "sAMAccountName" : "uid");

    /// <summary>Attributes that a typed name may stand in besides <see cref="NameAttribute"/>.</summary>
    public IReadOnlyList<string> AlsoAttributes { get; private set; } = [];

    /// <summary>The attribute whose value stays with a person for ever.</summary>
    public string IdAttribute => _idAttribute ?? (Kind == LdapKind.ActiveDirectory ? "objectGUID" : "entryUUID");

    /// <summary>What an entry must be to sign in.</summary>
    public string UserFilter => _userFilter ?? (Kind == LdapKind.ActiveDirectory ? "(&(objectCategory=person)(objectClass=user))" : "(objectClass=person)");

    /// <summary>Domains and realms that are this directory's.</summary>
    public IReadOnlyList<string> Domains { get; private set; } = [];

    /// <summary>How groups are found.</summary>
    public LdapGroupSearch GroupSearch => _groupSearch ?? (Kind == LdapKind.ActiveDirectory ? LdapGroupSearch.Chain : LdapGroupSearch.Member);

    /// <summary>Where groups are searched.</summary>
    public string GroupBaseDn { get; private set; } = "";

    /// <summary>Longest wait for a connection, TLS included, in seconds.</summary>
    public int ConnectTimeoutSeconds { get; private set; } = 3;

    /// <summary>Longest wait for one answer, in seconds.</summary>
    public int OperationTimeoutSeconds { get; private set; } = 5;

    /// <summary>Time between two looks at a server that did not answer, in seconds.</summary>
    public int RetrySeconds { get; private set; } = 10;

    /// <summary>Most connections to one server.</summary>
    public int MaximumConnections { get; private set; } = 64;

    /// <summary>How long a password that the directory confirmed is believed while it cannot be asked, in hours; 0 is off.</summary>
    public int OfflineHours { get; private set; }

    internal ImmutableArray<LdapEndpoint> Servers { get; private set; } = [];

    internal ImmutableArray<GroupRule> Groups { get; private set; } = [];

    internal ImmutableArray<X509Certificate2> Authorities { get; private set; } = [];

    internal string BindPassword { get; private set; } = "";

    internal bool StartTls { get; private set; } = true;

    internal bool AllowPlainLoopback { get; private set; }

    internal LdapFilter Filter => LdapFilter.TryParse(UserFilter, out var filter) ? filter : throw new InvalidOperationException("The filter was not checked.");

    /// <summary>Whether names are bound with as they are, without a search before.</summary>
    internal bool IsDirect => BindTemplate is not null;

    /// <summary>The table of a directory's options.</summary>
    /// <param name="name">Its name in the configuration.</param>
    public static OptionTable<LdapOptions> TableOf(string name) => new OptionTable<LdapOptions>($"Gatehouse:Authorities:Ldap:{name}")
        .Text("Kind", (o, v) => Kinds.TryGetValue(v, out var kind) && Set(() => o.Kind = kind), "openldap or active-directory", "What kind of directory it is; sets the defaults of attributes and groups.")
        .List("Servers", (o, v) => o.ReadServers(v), "a list of ldaps://HOST[:PORT] and ldap://HOST[:PORT]", "The servers, best first. ldap:// begins with StartTLS before anything else.")
        .Text("CaFile", (o, v) => o.ReadAuthorities(v), "the path of a readable PEM file with certificates", "The only authorities whose certificates are believed; without it, those of the system.")
        .Flag("StartTls", (o, v) => o.StartTls = v, "StartTLS on ldap:// servers. Without it they are plain, which needs AllowPlainLoopback.")
        .Flag("AllowPlainLoopback", (o, v) => o.AllowPlainLoopback = v, "Allow passwords in clear text towards a directory on this computer (localhost, 127.0.0.0/8, ::1).")
        .Text("BaseDn", (o, v) => IsDn(v) && Set(() => o.BaseDn = v), "a DN like ou=people,dc=example,dc=org", "Where people are searched; nobody outside of it signs in.")
        .Text("BindDn", (o, v) => v.Trim().Length > 0 && Set(() => o.BindDn = v), "a DN, or a name that the directory takes for one", "The account that searches; without it, the search is anonymous.")
        .Text("BindPassword", (o, v) => v.Trim().Length > 0 && Set(() => o.BindPassword = v), "a password", "Password of BindDn.", isSecret: true)
        .Text("BindPasswordFile", (o, v) => o.ReadPassword(v), "the path of a readable file that holds a password", "Password of BindDn, from a file; one line end at its end is dropped.")
        .Text("BindTemplate", (o, v) => LdapBindName.IsTemplate(v) && Set(() => o.BindTemplate = v), @"a DN or DOMAIN\ name with {name} in it, like uid={name},ou=people,dc=example,dc=org", "Bind with this name instead of searching first; no BindDn then.")
        .Text("UserFilter", (o, v) => LdapFilter.TryParse(v, out _) && Set(() => o._userFilter = v), "a filter as of RFC 4515", "What an entry must be to sign in. Default: (objectClass=person); for Active Directory (&(objectCategory=person)(objectClass=user)).")
        .Text("NameAttribute", (o, v) => AttributeName.IsValid(v) && Set(() => o._nameAttribute = v), "the name of an attribute", "Its value becomes the account's name. Default: uid; for Active Directory sAMAccountName.")
        .List("AlsoAttributes", (o, v) => v.FirstOrDefault(name => !AttributeName.IsValid(name)) is { } wrong ? wrong : Done(() => o.AlsoAttributes = v), "a list of names of attributes", "Where a typed name may stand, too: mail, userPrincipalName. It means the account of NameAttribute.")
        .Text("IdAttribute", (o, v) => AttributeName.IsValid(v) && Set(() => o._idAttribute = v), "the name of an attribute", "What stays with a person for ever. Default: entryUUID; for Active Directory objectGUID.")
        .List("Domains", (o, v) => Done(() => o.Domains = v), "a list of names", @"Domains and realms that are this directory's, in DOMAIN\name and name@realm, and in the text that AR System callers send along.")
        .Text("GroupSearch", (o, v) => GroupSearches.TryGetValue(v, out var search) && Set(() => o._groupSearch = search), "member, member-of or chain", "How groups are found: the groups that name the person, nested ones too; the person's memberOf, not nested; or chain, which Active Directory follows itself. Default: member; for Active Directory chain.")
        .Text("GroupBaseDn", (o, v) => IsDn(v) && Set(() => o.GroupBaseDn = v), "a DN", "Where groups are searched (member). Default: BaseDn.")
        .List("Groups", (o, v) => o.ReadGroups(v), GroupRule.Allowed, "What members of groups get here.")
        .Whole("ConnectTimeoutSeconds", (o, v) => o.ConnectTimeoutSeconds = v, 1, LongestSeconds, "Longest wait for a connection, TLS included.")
        .Whole("OperationTimeoutSeconds", (o, v) => o.OperationTimeoutSeconds = v, 1, LongestSeconds, "Longest wait for one answer.")
        .Whole("RetrySeconds", (o, v) => o.RetrySeconds = v, 1, 3_600, "Time between two looks at a server that did not answer; meanwhile it is not asked.")
        .Whole("MaximumConnections", (o, v) => o.MaximumConnections = v, 2, 1_000, "Most connections to one server.")
        .Whole("OfflineHours", (o, v) => o.OfflineHours = v, 0, 168, "How long a password that the directory confirmed is believed while it cannot be asked; 0 is off.")
        .Rule("Servers", o => o.Servers.IsEmpty ? "it is missing; name at least one server, like ldaps://directory.example.org." : null)
        .Rule("BaseDn", o => o.BaseDn.Length == 0 ? "it is missing; name where people are searched, like ou=people,dc=example,dc=org." : null)
        .Rule("StartTls", o => o.FaultOfPlain(), "Servers", "AllowPlainLoopback")
        .Rule("BindPassword", o => o.BindDn.Length > 0 != o.BindPassword.Length > 0 ? "BindDn and its password belong together; give both (BindPassword or BindPasswordFile), or neither." : null, "BindDn", "BindPasswordFile")
        .Rule("BindTemplate", o => o.IsDirect && o.BindDn.Length > 0 ? "together with BindDn it has no meaning; remove one of the two." : null, "BindDn");

    /// <summary>Whether a domain is this directory's.</summary>
    internal bool IsDomain(string domain) => Domains.Contains(domain, StringComparer.OrdinalIgnoreCase);

    /// <summary>How connections to a server are guarded.</summary>
    internal LdapTransport TransportOf(LdapEndpoint server) => server.IsLdaps ? LdapTransport.Ldaps : StartTls ? LdapTransport.StartTls : LdapTransport.Plain;

    private static bool IsDn(string text) => DistinguishedName.TryParse(text, out _);

    private static bool Set(Action set)
    {
        set();
        return true;
    }

    private static string? Done(Action set)
    {
        set();
        return null;
    }

    private string? FaultOfPlain()
    {
        var plain = Servers.FirstOrDefault(server => TransportOf(server) == LdapTransport.Plain && !(AllowPlainLoopback && server.IsLoopback));
        return plain is null ? null
            : plain.IsLoopback ? $"'false' would send passwords to {plain} in clear text; use ldaps://, remove the option, or set AllowPlainLoopback."
            : $"'false' would send passwords to {plain} in clear text, which is allowed towards this computer only; use ldaps://, or remove the option.";
    }

    private string? ReadServers(IReadOnlyList<string> texts)
    {
        var servers = ImmutableArray.CreateBuilder<LdapEndpoint>();
        foreach (var text in texts)
        {
            if (!LdapEndpoint.TryParse(text, out var server))
            {
                return text;
            }

            servers.Add(server);
        }

        Servers = [.. servers.Distinct()];
        return null;
    }

    private string? ReadGroups(IReadOnlyList<string> texts)
    {
        var rules = ImmutableArray.CreateBuilder<GroupRule>();
        foreach (var text in texts)
        {
            if (!GroupRule.TryParse(text, out var rule))
            {
                return text;
            }

            rules.Add(rule);
        }

        Groups = rules.ToImmutable();
        return null;
    }

    private bool ReadAuthorities(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            Authorities = [.. certificates];
            return certificates.Count > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private bool ReadPassword(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            BindPassword = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            return BindPassword.Trim().Length > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
