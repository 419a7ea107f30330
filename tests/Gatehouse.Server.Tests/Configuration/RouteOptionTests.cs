using Gatehouse.Server.Configuration;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Server.Tests.Configuration;

public sealed class RouteOptionTests
{
    private const string Good = """{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo"}""";

    [Fact]
    [Contract("HTT-185")]
    public void A_small_route_has_defaults()
    {
        var settings = Read($$"""{"orders":{{Good}}}""", out var faults);

        faults.ShouldBeEmpty();
        var route = settings.Routes.ShouldHaveSingleItem();
        (route.Name, route.Path, route.Dialect, route.IsEcho, route.Identity, route.UpstreamPath).ShouldBe(("orders", "/orders", "proactivenet", true, "headers", null));
        (route.Tenants.Count, route.Roles.Count, route.Methods.Count).ShouldBe((0, 0, 0));
    }

    [Theory]
    [InlineData("""{"Dialect":"proactivenet","Upstream":"echo"}""", "Path", "there is no path")]
    [InlineData("""{"Path":"orders","Dialect":"proactivenet","Upstream":"echo"}""", "Path", "begins with a slash")]
    [InlineData("""{"Path":"/a/../orders","Dialect":"proactivenet","Upstream":"echo"}""", "Path", "write /orders")]
    [InlineData("""{"Path":"/a%2f","Dialect":"proactivenet","Upstream":"echo"}""", "Path", "write /a%2F")]
    [InlineData("""{"Path":"/a;b","Dialect":"proactivenet","Upstream":"echo"}""", "Path", "'/a;b'")]
    [InlineData("""{"Path":"/orders","Upstream":"echo"}""", "Dialect", "name the dialect")]
    [InlineData("""{"Path":"/orders","Dialect":"oauth","Upstream":"echo"}""", "Dialect", "'oauth'")]
    [InlineData("""{"Path":"/api/arsys/x","Dialect":"proactivenet","Upstream":"echo"}""", "Dialect", "ar-system's")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet"}""", "Upstream", "no upstream")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":["echo","http://a"]}""", "Upstream", "'echo'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"http://u:p@a"}""", "Upstream", "without query, fragment and password")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo","Roles":["boss"]}""", "Roles", "'boss'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo","Methods":["TRACE"]}""", "Methods", "'TRACE'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo","Methods":["get"]}""", "Methods", "'get'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"http://a","Identity":"jwt"}""", "Identity", "'jwt'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo","Identity":"credential"}""", "Identity", "of no use to 'echo'")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"http://a","Identity":"assertion"}""", "Audience", "good anywhere")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"http://a","Audience":"x"}""", "Audience", "only an assertion")]
    [InlineData("""{"Path":"/orders","Dialect":"repositories","Upstream":"echo"}""", "Tenants", "names no repository")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","SignIn":{"Account":"x"}}""", "SignIn:Dialect", "of no use here")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in"}""", "SignIn:Dialect", "is missing")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"ar-system","Account":"svc"}}""", "SignIn", "Password is missing")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"http://a","Identity":"sign-in","SignIn":{"Dialect":"ar-system","Account":"svc","Password":"secret-word"}}""", "SignIn", "plain http")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"micetro","Account":"svc","Password":"secret-word","Impersonate":true}}""", "SignIn:Impersonate", "only ar-system")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"micetro","Account":"svc","PasswordFile":"/nowhere"}}""", "SignIn:PasswordFile", "readable file")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"micetro","Account":"svc","PasswordFile":"/nowhere","Password":"secret-word"}}""", "SignIn:PasswordFile", "exclude each other")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"oauth","Account":"svc","Password":"secret-word"}}""", "SignIn", "TokenEndpoint")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"operational-intelligence","Account":"svc","Password":"secret-word"}}""", "SignIn", "Tenant is missing")]
    [InlineData("""{"Path":"/orders","Dialect":"proactivenet","Upstream":"echo","Upstraem":"x"}""", "Upstraem", "did you mean")]
    [Contract("HTT-185", "HTT-181")]
    public void A_fault_names_its_option_and_no_secret(string route, string option, string message)
    {
        Read($$"""{"r":{{route}}}""", out var faults);

        var fault = faults.ShouldHaveSingleItem();
        fault.Option.ShouldBe($"Gatehouse:Routes:r:{option}");
        fault.Message.ShouldContain(message);
        fault.ToString().ShouldNotContain("secret-word");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/Health/ready/x")]
    [InlineData("/metrics")]
    [InlineData("/oauth/token")]
    [InlineData("/.well-known/jwks.json")]
    [InlineData("/auth/check")]
    [InlineData("/api/jwt/login")]
    [InlineData("/api/repositories")]
    [InlineData("/api/repositories/SALES/login")]
    [InlineData("/api/repositories/SALES/sessions/x")]
    [InlineData("/ess/security/v1/token")]
    [InlineData("/bppmws/api/authenticate")]
    [InlineData("/tsws/api/v10.1/token/groups")]
    [InlineData("/mmws/api/commands/login")]
    [InlineData("/mmws/soap")]
    [Contract("ATK-3")]
    public void Paths_of_our_own_are_nobodys(string path)
    {
        Read($$$"""{"r":{"Path":"{{{path}}}","Upstream":"echo"}}""", out var faults);

        faults.ShouldHaveSingleItem().ToString().ShouldStartWith($"Gatehouse:Routes:r:Path: '{path}' is a path of Gatehouse's own");
    }

    [Fact]
    [Contract("HTT-185")]
    public void All_faults_come_at_once()
    {
        Read(
            $$$"""{"a":{"Path":"/x","Upstream":"ftp://a"},"b":{"Path":"/health","Upstream":"echo"},"c":{{{Good}}},"d":{"Path":"/ORDERS","Dialect":"ar-system","Upstream":"echo","Roles":"nobody"}}""",
            out var faults);

        faults.Select(fault => fault.Option).ShouldBe(
            ["Gatehouse:Routes:a:Upstream", "Gatehouse:Routes:a:Dialect", "Gatehouse:Routes:b:Path", "Gatehouse:Routes:d:Path", "Gatehouse:Routes:d:Roles"], ignoreOrder: true);
    }

    [Fact]
    public void The_path_of_a_dialect_that_is_off_is_free()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("gatehouse.json");
        File.WriteAllText(file, """{"Gatehouse":{"Dialects":{"ArSystem":{"Enabled":false}},"Routes":{"r":{"Path":"/api/arsys","Dialect":"proactivenet","Upstream":"echo"}}}}""");

        Settings.Read(new SettingsSource(file, null, null, null), out var faults);

        faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("plum tree\n", null)]
    [InlineData("plum tree\r\n", null)]
    [InlineData("plum tree", null)]
    [InlineData("", "one line")]
    [InlineData("a\nb\n", "one line")]
    [Contract("HTT-78")]
    public void The_password_is_one_line_of_a_file(string content, string? fault)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("secret"), content);
        File.SetUnixFileMode(directory.File("secret"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var file = directory.File("gatehouse.json");
        File.WriteAllText(file, """{"Gatehouse":{"Routes":{"r":{"Path":"/r","Dialect":"proactivenet","Upstream":"https://a","Identity":"sign-in","SignIn":{"Dialect":"ar-system","Account":"svc","PasswordFile":"secret"}}}}}""");

        var settings = Settings.Read(new SettingsSource(file, null, null, null), out var faults);

        if (fault is null)
        {
            faults.ShouldBeEmpty();
            settings.Routes.Single().SignIn.Password.ShouldBe("plum tree");
            settings.Routes.Single().LooseSecretFile().ShouldBe(directory.File("secret"));
        }
        else
        {
            faults.ShouldHaveSingleItem().ToString().ShouldContain(fault);
        }
    }

    private static Settings Read(string routes, out IReadOnlyList<Core.Configuration.OptionFault> faults)
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("gatehouse.json");
        File.WriteAllText(file, $$$"""{"Gatehouse":{"Routes":{{{routes}}}}}""");
        return Settings.Read(new SettingsSource(file, null, null, null), out faults);
    }
}
