using Gatehouse.Authorities.Ldap;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.SignIn;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>Makes directories as the configuration would.</summary>
internal static class Directories
{
    /// <summary>Options that reach the OpenLDAP server.</summary>
    public static (string Name, string Value)[] For(SlapdServer slapd, string? address = null) =>
    [
        ("Servers:0", address ?? slapd.Ldaps), ("CaFile", slapd.CaFile), ("BaseDn", SlapdServer.People), ("BindDn", SlapdServer.ServiceDn), ("BindPassword", SlapdServer.Password),
        ("GroupBaseDn", SlapdServer.Groups), ("RetrySeconds", "1"),
    ];

    /// <summary>Options that reach the domain.</summary>
    public static (string Name, string Value)[] For(SambaServer samba, string scheme = "ldaps") =>
    [
        ("Kind", "active-directory"), ("Servers:0", $"{scheme}://{samba.Address}"), ("CaFile", samba.CaFile), ("BaseDn", SambaServer.BaseDn),
        ("BindDn", SambaServer.ServiceDn), ("BindPassword", SambaServer.Password), ("Domains:0", SambaServer.Domain), ("Domains:1", "ad.test"),
        ("AlsoAttributes:0", "userPrincipalName"), ("AlsoAttributes:1", "mail"), ("RetrySeconds", "1"),
    ];

    /// <summary>Reads options.</summary>
    /// <returns>The options, and every fault.</returns>
    public static (LdapOptions Options, string[] Faults) Read(params IEnumerable<(string Name, string Value)> values)
    {
        var table = LdapOptions.TableOf("corp");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.GroupBy(pair => pair.Name).ToDictionary(same => $"{table.Section}:{same.Key}", same => (string?)same.Last().Value)).Build();
        var options = new LdapOptions();
        return (options, [.. table.Read(configuration, options).Select(fault => fault.ToString())]);
    }

    /// <summary>Makes an authority; the last value of an option wins.</summary>
    public static LdapAuthority Open(params IEnumerable<(string Name, string Value)> values)
    {
        var (options, faults) = Read(values);
        return faults.Length == 0
            ? new LdapAuthority("corp", options, TimeProvider.System, NullLogger<LdapAuthority>.Instance)
            : throw new InvalidOperationException(string.Join('\n', faults));
    }

    /// <summary>Asks about a name and password.</summary>
    public static ValueTask<AuthorityAnswer> AskAsync(this LdapAuthority authority, string name, string password, string? additional = null) =>
        authority.CheckAsync(new PasswordQuestion(name, null, password, additional), CancellationToken.None);
}
