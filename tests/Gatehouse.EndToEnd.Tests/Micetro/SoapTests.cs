using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract section 5.</summary>
[Collection(MicetroCollection.Name)]
public sealed class SoapTests(MicetroServers servers)
{
    private const string Unreadable = "The request could not be read.";
    private readonly GatehouseServer _server = servers.Plain;

    [Fact]
    [Contract("MIC-52", "MIC-35", "MIC-66", "MIC-67", "MIC-116")]
    public async Task Login_call_and_logout()
    {
        var login = await _server.SoapAsync(Wire.Envelope(Wire.SoapLogin("alice", MicetroServers.Password)));
        login.Status.ShouldBe(200);
        login.Header("Content-Type").ShouldBe("text/xml; charset=utf-8");
        login.Header("Cache-Control").ShouldBe("no-store");
        var session = SessionIn(login);
        login.Text.ShouldBe(
            $"<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{Wire.Soap11}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body><LoginResponse xmlns=\"{Wire.Ns}\"><session>{session}</session></LoginResponse></soap:Body></soap:Envelope>");

        var call = await _server.SoapAsync(Wire.Envelope($"<p:GetUsers xmlns:p=\"{Wire.Ns}\"><p:session>\r\n  {session}\t</p:session><filter><session>x</session></filter></p:GetUsers>"));
        call.Status.ShouldBe(200, call.Text);
        var publicId = XDocument.Parse(call.Text).Descendants(XName.Get("session", Wire.Ns)).Single().Value;
        call.Text.ShouldContain($"<soap:Body><GetUsersResponse xmlns=\"{Wire.Ns}\"><user>alice</user><dialect>micetro</dialect><method>session-parameter</method><tenants><tenant>DEFAULTORG</tenant></tenants><session>{publicId}</session></GetUsersResponse></soap:Body>");

        (await _server.SoapAsync(Wire.Envelope("<GetUsers/>"), $"Authorization: Bearer {session}")).Text.ShouldContain("<method>bearer</method>");
        (await _server.SoapAsync(Wire.Envelope("<GetUsers/>"), Wire.Basic("alice", MicetroServers.Password))).Text.ShouldContain("<method>password-basic</method>");

        var logout = await _server.SoapAsync(Wire.Envelope($"<Logout><session>{session}</session></Logout>"));
        logout.Status.ShouldBe(200);
        logout.Text.ShouldContain($"<soap:Body><LogoutResponse xmlns=\"{Wire.Ns}\"/></soap:Body>");
        (await _server.SoapAsync(Wire.Envelope($"<GetUsers><session>{session}</session></GetUsers>"))).Text.ShouldBe(Wire.Fault11(5003, "Invalid or expired session"));
    }

    [Theory]
    [Contract("MIC-53", "MIC-64", "MIC-65")]
    [InlineData("text/xml")]
    [InlineData("application/xml")]
    [InlineData("application/soap+xml; charset=utf-8; action=\"x\"")]
    [InlineData(null)]
    public async Task Envelope_decides_the_version(string? type)
    {
        string[] headers = type is null ? [] : [$"Content-Type: {type}"];
        var login = await _server.SoapAsync(Wire.Envelope(Wire.SoapLogin("alice", MicetroServers.Password), Wire.Soap12), headers);
        login.Status.ShouldBe(200);
        login.Header("Content-Type").ShouldBe("application/soap+xml; charset=utf-8");
        login.Text.ShouldContain($"<soap:Envelope xmlns:soap=\"{Wire.Soap12}\"");

        var refused = await _server.SoapAsync(Wire.Envelope(Wire.SoapLogin("nobody-at-soap", ""), Wire.Soap12), headers);
        refused.Status.ShouldBe(400);
        refused.Text.ShouldBe(Wire.Fault12(16394, "Invalid username or password."));
        refused.All("WWW-Authenticate").ShouldBeEmpty();

        (await _server.SoapAsync(Wire.Envelope(Wire.SoapLogin("alice", MicetroServers.Password)), headers)).Header("Content-Type").ShouldBe("text/xml; charset=utf-8");
    }

    [Theory]
    [Contract("MIC-54", "MIC-56", "MIC-58")]
    [InlineData("<l:LOGIN xmlns:l=\"http://menandmice.com/webservices/\"><l:password>correct horse battery</l:password><l:LoginName>alice</l:LoginName></l:LOGIN>")]
    [InlineData("<login xmlns=\"urn:x\"><loginName xmlns=\"\">alice</loginName><a:password xmlns:a=\"http://menandmice.com/webservices/\">correct horse battery</a:password></login>")]
    [InlineData("<Login><loginName t=\"1\"><![CDATA[alice]]></loginName><password>correct <![CDATA[horse]]> battery</password><other><loginName>bob</loginName></other></Login>")]
    [InlineData("<Login><loginName>ali<!-- -->ce</loginName><password>correct <?pi x?>horse&#32;battery</password></Login>")]
    [InlineData("<Login><loginName xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:d=\"http://www.w3.org/2001/XMLSchema\" i:type=\"d:string\">alice</loginName><password>correct horse battery</password></Login>")]
    public async Task Requests_are_read_by_local_name(string command)
    {
        foreach (var header in new[] { "SOAPAction: \"http://menandmice.com/webservices/GetUsers\"", "SOAPAction:", "SOAPAction: x" })
        {
            var envelope = $"\ufeff<soap-env:Envelope xmlns:soap-env=\"{Wire.Soap11}\" xmlns:two=\"{Wire.Soap11}\" two:encodingStyle=\"x\"><two:Header><x mustUnderstand=\"1\"/></two:Header><two:Body>{command}</two:Body></soap-env:Envelope>";
            (await _server.SoapAsync(envelope, header)).Status.ShouldBe(200);
        }
    }

    [Fact]
    [Contract("MIC-55")]
    public async Task Nil_is_absent()
    {
        const string Nil = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"";
        (await _server.SoapAsync(Wire.Envelope($"<Login><loginName>alice</loginName><password {Nil}/></Login>"))).Text.ShouldBe(Wire.Fault11(90400, "Missing parameter: password."));
        (await _server.SoapAsync(Wire.Envelope($"<GetUsers><session {Nil}></session></GetUsers>"), Wire.Basic("alice", MicetroServers.Password))).Status.ShouldBe(200);
        (await _server.SoapAsync(Wire.Envelope("<GetUsers><session/></GetUsers>"))).Text.ShouldContain(">5003<");
        (await _server.SoapAsync(Wire.Envelope("<GetUsers><session></session></GetUsers>"), "Authorization: Bearer x")).Text.ShouldContain("not both");
        (await _server.SoapAsync(Wire.Envelope("<GetUsers/>"))).Text.ShouldBe(Wire.Fault11(5002, "Missing Session ID."));
    }

    [Theory]
    [Contract("MIC-57", "MIC-60", "ATK-78")]
    [InlineData("<e:Body/>")]
    [InlineData("<e:Body><Login/><Logout/></e:Body>")]
    [InlineData("<e:Body><Login/></e:Body><e:Body/>")]
    [InlineData("")]
    [InlineData("<Body><Login/></Body>")]
    [InlineData("<e:Body><Login><loginName>a<b/>lice</loginName><password>x</password></Login></e:Body>")]
    [InlineData("<e:Body><x><session>1<y/></session></x></e:Body>")]
    [InlineData("<e:Body>text<x/></e:Body>")]
    [InlineData("<e:Body><x></e:Body>")]
    [InlineData("<e:Body><x>&undefined;</x></e:Body>")]
    [InlineData("<e:Body><x>&#0;</x></e:Body>")]
    public async Task Ambiguous_and_malformed_messages_are_faults(string content)
    {
        var answer = await _server.SoapAsync($"<e:Envelope xmlns:e=\"{Wire.Soap11}\">{content}</e:Envelope>");

        answer.Status.ShouldBe(500);
        answer.Text.ShouldBe(Wire.Fault11(90400, Unreadable));
    }

    [Theory]
    [Contract("MIC-34", "MIC-57", "ATK-78")]
    [InlineData("<x><session>1</session><session>2</session></x>", "session")]
    [InlineData("<x xmlns:m=\"http://menandmice.com/webservices/\"><session>1</session><m:Session>2</m:Session></x>", "session")]
    [InlineData("<x xmlns:m=\"urn:other\"><session>1</session><m:session>2</m:session></x>", "session")]
    [InlineData("<Login><server>a</server><serverName>b</serverName></Login>", "server")]
    [InlineData("<Login><loginName>alice</loginName><loginName>bob</loginName></Login>", "loginName")]
    public async Task Parameter_given_twice_is_a_fault(string command, string name) =>
        (await _server.SoapAsync(Wire.Envelope(command))).Text.ShouldBe(Wire.Fault11(90400, $"Parameter {name} is given twice."));

    [Fact]
    [Contract("MIC-59", "ATK-47", "ATK-78")]
    public async Task Document_types_are_refused_at_no_cost()
    {
        var laughs = new StringBuilder("<!DOCTYPE e [<!ENTITY l0 \"lol\">");
        for (var i = 1; i < 20; i++)
        {
            laughs.Append(System.Globalization.CultureInfo.InvariantCulture, $"<!ENTITY l{i} \"{string.Concat(Enumerable.Repeat($"&l{i - 1};", 10))}\">");
        }

        var bomb = $"{laughs}]><e:Envelope xmlns:e=\"{Wire.Soap11}\"><e:Body><x>&l19;</x></e:Body></e:Envelope>";
        var before = WorkingSet();
        foreach (var body in new[]
        {
            bomb,
            $"<?xml version=\"1.0\"?><!-- x -->\n{bomb}",
            "<!DOCTYPE e SYSTEM \"http://127.0.0.1:1/x.dtd\"><e/>",
            "<!DOCTYPE e [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><e>&f;</e>",
            "<!DOCTYPE",
        })
        {
            var answer = await _server.SoapAsync(body);
            answer.Status.ShouldBe(500);
            answer.Text.ShouldBe(Wire.Fault11(90400, "Document type declarations are not allowed."));
        }

        (WorkingSet() - before).ShouldBeLessThan(64L * 1024 * 1024);
        (await _server.SoapAsync($"<e:Envelope xmlns:e=\"{Wire.Soap11}\"><!DOCTYPE x><e:Body><x/></e:Body></e:Envelope>")).Text.ShouldBe(Wire.Fault11(90400, Unreadable));

        long WorkingSet()
        {
            using var process = Process.GetProcessById(_server.ProcessId);
            return process.WorkingSet64;
        }
    }

    [Fact]
    [Contract("MIC-50", "MIC-60")]
    public async Task Depth_encoding_and_attributes_are_bounded()
    {
        string Deep(int levels) => $"<x>{string.Concat(Enumerable.Repeat("<a>", levels))}{string.Concat(Enumerable.Repeat("</a>", levels))}</x>";
        (await _server.SoapAsync(Wire.Envelope(Deep(61)))).Text.ShouldContain(">5002<");
        (await _server.SoapAsync(Wire.Envelope(Deep(62)))).Text.ShouldBe(Wire.Fault11(90400, Unreadable));
        (await _server.SoapAsync(Wire.Envelope(Deep(20_000)))).Text.ShouldBe(Wire.Fault11(90400, Unreadable));
        (await _server.SoapAsync(Wire.Envelope($"<x {string.Concat(Enumerable.Range(0, 5_000).Select(i => $"a{i}=\"\" "))}/>"))).Text.ShouldBe(Wire.Fault11(90400, Unreadable));

        var latin = await WireClient.ExchangeAsync(_server.Http, $"POST /mmws/soap HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<a>\u00e4</a> ");
        latin.Text.ShouldBe(Wire.Fault11(90400, Unreadable));
        foreach (var declared in new[] { "ISO-8859-1", "utf-16" })
        {
            var answer = await _server.SoapAsync($"<?xml version='1.0' encoding='{declared}'?><e:Envelope xmlns:e=\"{Wire.Soap11}\"><e:Body><x/></e:Body></e:Envelope>");
            answer.Status.ShouldBe(415);
            answer.Text.ShouldBe(Wire.Fault11(90415, "The body must be plain UTF-8."));
        }

        (await _server.SoapAsync($"<?xml version=\"1.0\" encoding=\"us-ascii\"?><e:Envelope xmlns:e=\"{Wire.Soap11}\"><e:Body><x/></e:Body></e:Envelope>")).Text.ShouldContain(">5002<");
        (await _server.SoapAsync(Wire.Envelope("<x/>"), "Content-Type: text/xml; charset=latin1")).Status.ShouldBe(415);
    }

    [Fact]
    [Contract("MIC-61", "MIC-62")]
    public async Task Versions_and_headers_that_nobody_understands_are_faults()
    {
        var version = await _server.SoapAsync(Wire.Envelope("<x/>", "urn:soap-2"));
        version.Status.ShouldBe(500);
        version.Text.ShouldBe(Wire.Fault11(90400, Unreadable, "VersionMismatch"));

        foreach (var value in new[] { "1", "true" })
        {
            (await _server.SoapAsync(Wire.Envelope("<x/>", header: $"<e:Header><h e:mustUnderstand=\"{value}\"/></e:Header>"))).Text.ShouldBe(Wire.Fault11(90400, Unreadable, "MustUnderstand"));
            var twelve = await _server.SoapAsync(Wire.Envelope("<x/>", Wire.Soap12, $"<e:Header><h e:mustUnderstand=\"{value}\"/></e:Header>"));
            twelve.Status.ShouldBe(400);
            twelve.Text.ShouldBe(Wire.Fault12(90400, Unreadable, "MustUnderstand"));
        }

        (await _server.SoapAsync(Wire.Envelope("<x/>", header: "<e:Header><h e:mustUnderstand=\"0\"/></e:Header>"))).Text.ShouldContain(">5002<");
    }

    [Fact]
    [Contract("MIC-63", "MIC-65", "MIC-118")]
    public async Task Refusals_are_faults_that_toolkits_read()
    {
        var refused = await _server.SoapAsync(Wire.Envelope(Wire.SoapLogin("nobody-at-soap", "")));
        refused.Status.ShouldBe(500);
        refused.Header("Content-Type").ShouldBe("text/xml; charset=utf-8");
        refused.Text.ShouldBe(Wire.Fault11(16394, "Invalid username or password."));
        refused.All("WWW-Authenticate").ShouldBeEmpty();

        var large = new string('x', 65536);
        (await _server.SoapAsync(Wire.Envelope($"<Login><x>{large}</x></Login>"))).Status.ShouldBe(413);
        (await _server.SoapAsync(Wire.Envelope($"<GetUsers><x>{large}</x></GetUsers>"))).Text.ShouldContain(">5002<");
        var tooLarge = await servers.Throttled.SoapAsync(Wire.Envelope($"<GetUsers><x>{large}</x></GetUsers>"));
        tooLarge.Status.ShouldBe(413);
        tooLarge.Text.ShouldBe(Wire.Fault11(90413, "The request body is too large."));
    }

    [Theory]
    [Contract("MIC-69", "MIC-71")]
    [InlineData("/mmws/wsdl", "/mmws/soap")]
    [InlineData("/mmws/WSDL/?server=x", "/mmws/soap")]
    [InlineData("/mmws/soap?wsdl", "/mmws/soap")]
    [InlineData("/mmws/soap?Wsdl=1&x=y", "/mmws/soap")]
    [InlineData("/_mmwebext/mmwebext.dll?wsdl?server=localhost", "/_mmwebext/mmwebext.dll?Soap")]
    [InlineData("/_mmwebext/mmwebext.dll?WSDL?ns=a", "/_mmwebext/mmwebext.dll?Soap")]
    public async Task Wsdl_says_where_it_was_asked_for(string target, string endpoint)
    {
        var answer = await _server.GetAsync(target);
        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("text/xml; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
        Addresses(answer).ShouldBe([$"http://gate.example:8008{endpoint}", $"http://gate.example:8008{endpoint}"]);

        var head = await _server.SendAsync("HEAD", target);
        head.Status.ShouldBe(200);
        head.Header("Content-Length").ShouldBe(answer.Header("Content-Length"));
    }

    [Fact]
    [Contract("MIC-71")]
    public async Task Wsdl_believes_trusted_proxies_only_and_escapes()
    {
        string[] forwarded = ["X-Forwarded-Proto: https", "X-Forwarded-Host: out.example:9443"];
        Addresses(await _server.GetAsync("/mmws/wsdl", forwarded))[0].ShouldBe("http://gate.example:8008/mmws/soap");
        Addresses(await _server.SendFromAsync(MicetroServers.Proxy, "GET", "/mmws/wsdl", null, forwarded))[0].ShouldBe("https://out.example:9443/mmws/soap");
        Addresses(await _server.SendFromAsync(MicetroServers.Proxy, "GET", "/mmws/wsdl", null, "X-Forwarded-Host: a\"><x y=\"&"))[0].ShouldBe("http://a\"><x y=\"&/mmws/soap");
    }

    [Fact]
    [Contract("MIC-69", "MIC-70")]
    public async Task Wsdl_describes_login_and_logout()
    {
        XNamespace wsdl = "http://schemas.xmlsoap.org/wsdl/", xsd = "http://www.w3.org/2001/XMLSchema", soap = "http://schemas.xmlsoap.org/wsdl/soap/", soap12 = "http://schemas.xmlsoap.org/wsdl/soap12/";
        var root = XDocument.Parse((await _server.GetAsync("/mmws/wsdl")).Text).Root!;

        root.Attribute("targetNamespace")!.Value.ShouldBe(Wire.Ns);
        var schema = root.Descendants(xsd + "schema").Single();
        schema.Attribute("elementFormDefault")!.Value.ShouldBe("qualified");
        schema.Elements(xsd + "element").Single(element => element.Attribute("name")!.Value == "Login").Descendants(xsd + "element")
            .Select(element => $"{element.Attribute("name")!.Value} {element.Attribute("minOccurs")!.Value}..{element.Attribute("maxOccurs")!.Value}")
            .ShouldBe(["server 0..1", "loginName 1..1", "password 1..1", "replaceControlCharacters 0..1"]);
        root.Element(wsdl + "portType")!.Attribute("name")!.Value.ShouldBe("ServiceSoap");
        root.Elements(wsdl + "binding").Select(binding => binding.Attribute("name")!.Value).ShouldBe(["ServiceSoap", "ServiceSoap12"]);
        var service = root.Element(wsdl + "service")!;
        service.Attribute("name")!.Value.ShouldBe("Service");
        service.Elements(wsdl + "port").Select(port => port.Attribute("name")!.Value).ShouldBe(["ServiceSoap", "ServiceSoap12"]);
        foreach (var name in new[] { soap, soap12 })
        {
            root.Descendants(name + "operation").Select(operation => operation.Attribute("soapAction")!.Value).ShouldBe([$"{Wire.Ns}Login", $"{Wire.Ns}Logout"]);
        }

        root.Descendants(wsdl + "fault").ShouldBeEmpty();
    }

    [Fact]
    [Contract("MIC-72")]
    public async Task WsdlFile_is_served_byte_for_byte_but_for_its_addresses()
    {
        var file = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Micetro", "Clients", "product.wsdl"));
        file.ShouldContain("http://micetro.example/old");

        var served = await servers.Strict.GetAsync("/mmws/wsdl");
        served.Text.ShouldBe(file.Replace("http://micetro.example/old", "http://gate.example:8008/mmws/soap", StringComparison.Ordinal));
    }

    private static string SessionIn(WireAnswer answer) => XDocument.Parse(answer.Text).Descendants(XName.Get("session", Wire.Ns)).Single().Value;

    private static List<string> Addresses(WireAnswer answer) =>
        [.. XDocument.Parse(answer.Text).Descendants().Where(element => element.Name.LocalName == "address").Select(element => element.Attribute("location")!.Value)];
}
