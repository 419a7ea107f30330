using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

/// <summary>Tickets of a real Active Directory domain, with the groups in them that such tickets carry.</summary>
[Collection(SambaCollection.Name)]
public sealed class ActiveDirectoryTests(SambaServer samba)
{
    [Fact, Contract("MIC-95", "MIC-101", "HTT-62", "ATK-74")]
    public async Task A_ticket_of_the_domain_signs_in_and_a_disabled_person_gets_none()
    {
        using var directory = new TemporaryDirectory();
        await samba.ToolAsync("spn", "add", "HTTP/localhost", "svc");
        await samba.ToolAsync("domain", "exportkeytab", directory.File("http.keytab"), "--principal=HTTP/localhost");
        await File.WriteAllTextAsync(directory.File("preferences.cfg"), "<AuthorizationMethods value=\"Kerberos\" />");
        await File.WriteAllTextAsync(directory.File("krb5.conf"), $$"""
            [libdefaults]
              default_realm = {{SambaServer.Realm}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{SambaServer.Realm}} = {
                kdc = {{samba.Address}}
              }
            [domain_realm]
              localhost = {{SambaServer.Realm}}

            """);
        var environment = new Dictionary<string, string> { ["KRB5_CONFIG"] = directory.File("krb5.conf"), ["KRB5CCNAME"] = $"FILE:{directory.File("cache")}" };
        await using var gate = await GatehouseServer.StartWithAsync(
            environment,
            ("Dialects:Micetro:PreferencesFile", directory.File("preferences.cfg")),
            ("Authorities:Negotiate:Keytab", directory.File("http.keytab")),
            ("Authorities:Negotiate:Realms", $"{SambaServer.Realm}=kerberos,{SambaServer.Domain}=kerberos"));

        (await Tool.RunAsync("kinit", environment, SambaServer.Password + "\n", $"ada@{SambaServer.Realm}")).ExitCode.ShouldBe(0);
        string[] call = ["-sk", "--negotiate", "-u", ":", $"https://localhost:{gate.Https.Port}/mmws/api/Users"];
        (await Tool.RunAsync("curl", environment, "", call)).Output.ShouldStartWith("""{"user":"ada","dialect":"micetro","method":"negotiate-kerberos",""");
        (await gate.RunAsync("account", "show", "ada", "--json")).Output.ShouldContain("\"authority\":\"kerberos\"");

        (await Tool.RunAsync("kinit", environment, SambaServer.Password + "\n", $"disabled@{SambaServer.Realm}")).ExitCode.ShouldNotBe(0);
    }
}
