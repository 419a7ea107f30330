using System.Text;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract sections 8 and 11: preferences.cfg, and the options.</summary>
[Collection(MicetroCollection.Name)]
public sealed class PreferencesTests(MicetroServers servers)
{
    private const AuthorizationMethods Negotiate = AuthorizationMethods.Kerberos | AuthorizationMethods.Ntlm;

    [Theory]
    [Contract("MIC-103", "MIC-104", "MIC-105", "MIC-106", "MIC-112")]
    [InlineData("", AuthorizationMethods.Basic)]
    [InlineData("<!-- nothing -->", AuthorizationMethods.Basic)]
    [InlineData("<Other value=\"x\" />", AuthorizationMethods.Basic)]
    [InlineData("<AuthorizationMethods value=\"\" />", AuthorizationMethods.None)]
    [InlineData("<AuthorizationMethods value=\"\"></AuthorizationMethods>", AuthorizationMethods.None)]
    [InlineData("<AuthorizationMethods value=\"Bearer\" />", AuthorizationMethods.None)]
    [InlineData("<AuthorizationMethods value=\"Basic\" />", AuthorizationMethods.Basic)]
    [InlineData("<AUTHORIZATIONMETHODS value=\" basic , ,BASIC,bearer \" />", AuthorizationMethods.Basic)]
    [InlineData("<AuthorizationMethods value=\"Kerberos\" />", AuthorizationMethods.Kerberos)]
    [InlineData("<AuthorizationMethods value=\"Kerberos,NTLM\" />", Negotiate)]
    [InlineData("<AuthorizationMethods value=\"NTLM,Kerberos\" />", Negotiate)]
    [InlineData("<AuthorizationMethods value=\"Basic,Kerberos,NTLM\" />", Negotiate | AuthorizationMethods.Basic)]
    [InlineData("AuthorizationMethods = Kerberos", AuthorizationMethods.Kerberos)]
    [InlineData("authorizationmethods=\r\n<LockToDefaultServer value=\"1\"/>\n", AuthorizationMethods.None)]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Preferences>\n <!-- x --><AuthorizationMethods value=\"\"/>\n <Port value=\"1\"><Deep><AuthorizationMethods value=\"Basic\"/></Deep></Port>\n</Preferences>", AuthorizationMethods.None)]
    [InlineData("\ufeff<AuthorizationMethods value=\"NTLM\"/><Next value=\"1\"/>", AuthorizationMethods.Ntlm)]
    [InlineData("<Next><AuthorizationMethods value=\"\"/></Next><Other/>", AuthorizationMethods.Basic)]
    public void Methods_are_read_as_the_product_means_them(string text, AuthorizationMethods methods)
    {
        var preferences = PreferencesFile.Read(Encoding.UTF8.GetBytes(text), out var faults);

        faults.ShouldBeEmpty();
        preferences.Methods.ShouldBe(methods);
        preferences.AcceptsNegotiate.ShouldBe((methods & Negotiate) != AuthorizationMethods.None);
    }

    [Theory]
    [Contract("MIC-108", "MIC-110")]
    [InlineData("", true, "localhost")]
    [InlineData("<LockToDefaultServer value=\"1\"/>", true, "localhost")]
    [InlineData("<LockToDefaultServer value=\"False\"/>", false, "localhost")]
    [InlineData("<FixedCentralServer value=\"0\"/>", false, "localhost")]
    [InlineData("<FixedCentralServer value=\"0\"/><locktodefaultserver value=\"true\"/><DefaultCentralServer value=\"c.example\"/>", true, "c.example")]
    public void Central_is_read(string text, bool isLocked, string central)
    {
        var preferences = PreferencesFile.Read(Encoding.UTF8.GetBytes(text), out var faults);

        faults.ShouldBeEmpty();
        preferences.LockToDefaultServer.ShouldBe(isLocked);
        preferences.DefaultCentralServer.ShouldBe(central);
    }

    [Theory]
    [Contract("MIC-107")]
    [InlineData("<AuthorizationMethods value=\"Basic\"/><authorizationMethods value=\"\"/>", "twice")]
    [InlineData("<AuthorizationMethods value=\"Basic\"/>\nAuthorizationMethods = Basic", "twice")]
    [InlineData("<AuthorizationMethods value=\"Basic,Digest\"/>", "'Digest'")]
    [InlineData("<AuthorizationMethods/>", "no attribute 'value'")]
    [InlineData("<AuthorizationMethods Value=\"\"/>", "no attribute 'value'")]
    [InlineData("<AuthorizationMethods value=\"\">Basic</AuthorizationMethods>", "more than")]
    [InlineData("<LockToDefaultServer value=\"2\"/>", "neither")]
    [InlineData("<LockToDefaultServer value=\"\"/>", "neither")]
    [InlineData("<AuthorizationMethods value=\"\">", "well-formed")]
    [InlineData("<A value=\"\"/><B", "well-formed")]
    [InlineData("<A/>some words", "text between")]
    [InlineData("<!DOCTYPE x><A/>", "document type")]
    [InlineData("<!-- x --><!DOCTYPE x [<!ENTITY a \"b\">]><A/>", "document type")]
    public void Faults_name_the_remedy(string text, string fault)
    {
        PreferencesFile.Read(Encoding.UTF8.GetBytes(text), out var faults);

        faults.ShouldHaveSingleItem().ShouldContain(fault);
    }

    [Fact]
    [Contract("MIC-107")]
    public void Other_encodings_sizes_and_depths_are_faults()
    {
        foreach (var content in new[]
        {
            Encoding.Unicode.GetBytes("<A value=\"ü\"/>"),
            Encoding.Latin1.GetBytes("<A value=\"ü\"/>"),
            new byte[PreferencesFile.MaximumBytes + 1],
            Encoding.UTF8.GetBytes($"{string.Concat(Enumerable.Repeat("<a>", 20_000))}{string.Concat(Enumerable.Repeat("</a>", 20_000))}"),
        })
        {
            PreferencesFile.Read(content, out var faults);
            faults.ShouldHaveSingleItem();
        }
    }

    [Fact]
    [Contract("MIC-105", "MIC-87", "MIC-103")]
    public async Task Empty_list_leaves_bearer_alone()
    {
        var call = await servers.Strict.GetAsync("/mmws/api/Users", Wire.Basic("alice", MicetroServers.Password));
        call.Status.ShouldBe(401);
        call.Text.ShouldBe(Wire.MissingSession);
        call.All("WWW-Authenticate").ShouldBe(["Bearer realm=\"Test realm\""]);
        (await servers.Strict.GetAsync("/mmws/api/command/Login", Wire.Basic("alice", MicetroServers.Password))).Text.ShouldBe(Wire.MissingSession);

        servers.Strict.Log.ShouldContain("SomethingElse");
        servers.Strict.Log.ShouldNotContain("secret-of-the-operator");
    }

    [Fact]
    [Contract("MIC-108", "MIC-109")]
    public async Task Central_is_checked_only_where_it_is_not_fixed()
    {
        var server = servers.Strict;
        await server.AddAccountAsync("central", MicetroServers.Password);
        foreach (var sent in new[] { "", "\"server\":null,", "\"server\":\"\",", "\"server\":\" \",", "\"serverName\":\"CENTRAL.example\",", "\"server\":\"LocalHost\",", "\"server\":\"127.0.0.1\",", "\"server\":\"::1\"," })
        {
            var answer = await server.SendAsync("POST", "/mmws/api/micetro/sessions", $$"""{{{sent}}"loginName":"central","password":"correct horse battery"}""");
            answer.Status.ShouldBe(201, sent);
            (await server.SendAsync("DELETE", "/mmws/api/micetro/sessions", null, $"Authorization: Bearer {Wire.SessionOf(answer.Text)}")).Status.ShouldBe(204);
        }

        foreach (var sent in new[] { "\"other.example\"", "5", "{}" })
        {
            var answer = await server.SendAsync("POST", "/mmws/api/command/Login", $$"""{"server":{{sent}},"loginName":"central","password":"wrong password here"}""");
            answer.Status.ShouldBe(400);
            answer.Text.ShouldBe(Wire.Error(515, "Unknown Central server."));
        }

        (await server.SoapAsync(Wire.Envelope("<Login><server>other</server><loginName>central</loginName><password>x</password></Login>"))).Text.ShouldBe(Wire.Fault11(515, "Unknown Central server."));
        (await servers.Plain.SendAsync("POST", "/mmws/api/command/Login", """{"server":{"x":1},"loginName":"alice","password":"correct horse battery"}""")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("MIC-109", "MIC-110", "MIC-111")]
    public async Task PreLoginInfo_says_what_holds()
    {
        (await servers.Plain.GetAsync("/mmws/api/command/web_getPreLoginInfo")).Text
            .ShouldBe("""{"result":{"ssoEnabled":0,"centralServer":"localhost","centralServerFixed":true,"version":"11.1.0","centralVersion":"11.1.0"}}""");
        (await servers.Strict.SendAsync("POST", "/mmws/api/commands/WEB_getprelogininfo", "")).Text
            .ShouldBe("""{"result":{"ssoEnabled":0,"centralServer":"central.example","centralServerFixed":false,"version":"10.5","centralVersion":"10.5"}}""");
        (await servers.Plain.SoapAsync(Wire.Envelope("<web_getPreLoginInfo/>"))).Text.ShouldContain(">5002<");
    }

    [Fact]
    [Contract("MIC-107", "MIC-129", "MIC-130")]
    public async Task Every_fault_is_reported_at_once_and_the_server_does_not_start()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("preferences.cfg"), "<AuthorizationMethods value=\"Digest\"/><LockToDefaultServer value=\"maybe\"/>");
        await File.WriteAllTextAsync(directory.File("no.wsdl"), "<definitions/>");
        await File.WriteAllTextAsync(directory.File("gatehouse.json"), """
            {"Gatehouse":{"Dialects":{"Micetro":{"PreferencesFile":"preferences.cfg","WsdlFile":"no.wsdl","Realm":"a\"b","SessionIdleSeconds":100,"SessionLifetimeSeconds":99,
              "MaxSessionsPerAccount":100001,"MaxCallBodyBytes":65535,"ReportedVersion":"11","AllowHttp":"perhaps","Upstream":"ftp://x","Realms":"x"}}}}
            """);
        var result = await ServeAsync(directory, "--config", directory.File("gatehouse.json"));

        result.ExitCode.ShouldBe(2);
        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var option in new[] { "Realm", "SessionLifetimeSeconds", "MaxSessionsPerAccount", "MaxCallBodyBytes", "ReportedVersion", "AllowHttp", "Upstream", "WsdlFile", "Realms" })
        {
            lines.Count(line => line.StartsWith($"Gatehouse:Dialects:Micetro:{option}:", StringComparison.Ordinal)).ShouldBe(1, option);
        }

        lines.Where(line => line.Contains("PreferencesFile", StringComparison.Ordinal)).ShouldAllBe(line => line.Contains("preferences.cfg", StringComparison.Ordinal));
        lines.Count(line => line.Contains("PreferencesFile", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Theory]
    [Contract("MIC-130")]
    [InlineData("SessionIdleSeconds", "0")]
    [InlineData("SessionIdleSeconds", "1.5")]
    [InlineData("SessionLifetimeSeconds", "2592001")]
    [InlineData("MaxSessionsPerAccount", "-1")]
    [InlineData("MaxCallBodyBytes", "67108865")]
    [InlineData("Realm", "")]
    [InlineData("Realm", "ümlaut")]
    [InlineData("ReportedVersion", "1.2.3.4.5")]
    [InlineData("ReportedVersion", "11.1\n")]
    [InlineData("Upstream", "https://x/y?z")]
    public void Values_out_of_range_are_faults(string option, string value)
    {
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationManager { [$"Gatehouse:Dialects:Micetro:{option}"] = value };

        MicetroOptions.Table.Read(configuration, new MicetroOptions()).ShouldHaveSingleItem().Option.ShouldBe($"Gatehouse:Dialects:Micetro:{option}");
    }

    [Fact]
    [Contract("MIC-130")]
    public void Wsdl_files_must_describe_a_service()
    {
        using var directory = new TemporaryDirectory();
        foreach (var (content, fault) in new[] { ("<a", "well-formed"), ("<!DOCTYPE a><a/>", "document type"), ("<a/>", "no address"), ("<address location='x'/>", "no address") })
        {
            File.WriteAllText(directory.File("x.wsdl"), content);
            new MicetroOptions { WsdlFile = "x.wsdl" }.LoadFiles(directory.Path).ShouldHaveSingleItem().Message.ShouldContain(fault);
        }

        new MicetroOptions { WsdlFile = "missing.wsdl", PreferencesFile = "missing.cfg" }.LoadFiles(directory.Path).Count.ShouldBe(2);
    }

    [Fact]
    [Contract("MIC-106", "MIC-112", "MIC-132")]
    public async Task Kerberos_and_ntlm_in_the_list_stop_the_start_where_their_authority_is_switched_off()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("preferences.cfg"), "<AuthorizationMethods value=\"Kerberos,NTLM\"/>");
        await File.WriteAllTextAsync(directory.File("gatehouse.json"), """{"Gatehouse":{"Dialects":{"Micetro":{"PreferencesFile":"preferences.cfg"}},"Authorities":{"Negotiate":{"Enabled":false}}}}""");

        var result = await ServeAsync(directory, "--config", directory.File("gatehouse.json"));

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldStartWith("Gatehouse:Dialects:Micetro:PreferencesFile: 'preferences.cfg' lists Kerberos or NTLM");
        result.Errors.ShouldContain("Gatehouse:Authorities:Negotiate:Enabled");
    }

    [Fact]
    [Contract("MIC-131")]
    public async Task Disabled_dialect_is_not_there_and_reads_no_files()
    {
        await using var server = await GatehouseServer.StartAsync(("Dialects:Micetro:Enabled", "false"), ("Dialects:Micetro:PreferencesFile", "missing.cfg"), ("Dialects:Micetro:WsdlFile", "missing.wsdl"));
        foreach (var target in new[] { "/mmws/api/command/Login", "/mmws/wsdl", "/_mmwebext/mmwebext.dll?Soap", "/mmws/json" })
        {
            (await server.SendAsync("POST", target, "{}")).Status.ShouldBe(404);
        }
    }

    private static Task<CommandResult> ServeAsync(TemporaryDirectory directory, params string[] arguments) =>
        GatehouseProgram.RunAsync(["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0", .. arguments]);
}
