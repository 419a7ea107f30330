using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Whatever is sent: no exception reaches the caller, and nobody gets in.</summary>
[Collection(MicetroCollection.Name)]
public sealed class ParserPropertyTests(MicetroServers servers)
{
    private static readonly string[] SoapPieces =
    [
        "<", ">", "</", "/>", "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">", "</e:Envelope>", "<e:Body>", "</e:Body>", "<e:Header/>", "<Login>", "</Login>",
        "<GetUsers xmlns=\"http://menandmice.com/webservices/\">", "</GetUsers>", "<session>", "</session>", "<loginName>", "</loginName>", "<password></password>", "<!--", "-->", "<![CDATA[", "]]>",
        "<?pi ?>", "<!DOCTYPE x>", "&amp;", "&x;", "&#x0;", "&#65;", "xsi:nil=\"true\"", "\u0000", "\ufeff", "\"", "x", " ", "\n", "é", "<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.1'?>",
    ];

    private static readonly string[] JsonPieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\"method\"", "\"params\"", "\"id\"", "\"Login\"", "\"GetUsers\"", "\"session\"", "\"loginName\"", "\"password\"", "\"\"", "null", "true", "1", "-0", "1e999", "\\u0000",
        "\\ud800", "\"\\ud800\"", "//", "/*", "\ufeff", " ", "\n", "é", "NaN", "'", "{\"method\":\"GetUsers\",\"params\":", "{\"session\":", "\"unauthorizedAsForbidden\":", "\"singleSignOn\":",
    ];

    private static readonly string[] PreferencePieces =
    [
        "<AuthorizationMethods value=\"", "\"/>", "Basic", "Kerberos", "NTLM", ",", "<LockToDefaultServer value=\"0\"/>", "<", ">", "</", "<a>", "</a>", "=", "AuthorizationMethods", "\n", " ", "<!--", "-->", "<!DOCTYPE x>",
        "<?xml version='1.0'?>", "&lt;", "&x;", "\u0000", "é", "value", "<![CDATA[", "]]>",
    ];

    [Fact]
    [Contract("MIC-57", "MIC-59", "MIC-60", "MIC-138")]
    public Task Soap_never_fails_and_never_lets_in() => AssertAsync(
        Mutations("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><GetUsers xmlns=\"http://menandmice.com/webservices/\"><session>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA</session></GetUsers></e:Body></e:Envelope>", SoapPieces),
        body => servers.Plain.SoapAsync(body),
        answer =>
        {
            (answer.Status is 500 or 400 or 415).ShouldBeTrue(answer.Text);
            answer.Text.ShouldContain("soap:Fault");
        });

    [Fact]
    [Contract("MIC-43", "MIC-49", "MIC-138")]
    public Task JsonRpc_never_fails_and_never_lets_in() => AssertAsync(
        Mutations("{\"jsonrpc\":\"2.0\",\"method\":\"GetUsers\",\"params\":{\"session\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"filter\":{\"a\":[1]}},\"id\":1}", JsonPieces),
        body => servers.Plain.SendAsync("POST", "/mmws/json", body),
        answer =>
        {
            (answer.Status is 400 or 401).ShouldBeTrue(answer.Text);
            System.Text.Json.JsonDocument.Parse(answer.Text).RootElement.TryGetProperty("error", out _).ShouldBeTrue();
        });

    [Fact]
    [Contract("MIC-126", "MIC-138")]
    public Task Json_login_never_fails_and_never_lets_in() => AssertAsync(
        Mutations("{\"server\":\"localhost\",\"loginName\":\"\",\"password\":\"\",\"unauthorizedAsForbidden\":false,\"singleSignOn\":0}", JsonPieces),
        body => servers.Plain.SendAsync("POST", "/mmws/api/micetro/sessions", body),
        answer => (answer.Status is 400 or 401 or 403).ShouldBeTrue(answer.Text));

    [Fact]
    [Contract("MIC-103", "MIC-107")]
    public void Preferences_never_throw_and_never_enable_more_than_they_say()
    {
        foreach (var text in Mutations("<AuthorizationMethods value=\"\" /><LockToDefaultServer value=\"0\" />", PreferencePieces).Sample(2_000))
        {
            var preferences = PreferencesFile.Read(Encoding.UTF8.GetBytes(text), out var faults);
            if (faults.Count == 0)
            {
                (preferences.Accepts(AuthorizationMethods.Kerberos) && !text.Contains("Kerberos", StringComparison.OrdinalIgnoreCase)).ShouldBeFalse(text);
                (preferences.Accepts(AuthorizationMethods.Ntlm) && !text.Contains("NTLM", StringComparison.OrdinalIgnoreCase)).ShouldBeFalse(text);
            }
        }
    }

    /// <summary>A good message with pieces put in, taken out, or nothing but pieces.</summary>
    private static Gen<string> Mutations(string seed, string[] pieces)
    {
        var piece = Gen.Elements(pieces);
        var soup = piece.ArrayOf().Select(string.Concat);
        var inserted = Gen.Choose(0, seed.Length).SelectMany(at => piece.Select(text => seed.Insert(at, text)));
        var cut = Gen.Choose(0, seed.Length - 1).SelectMany(at => Gen.Choose(1, seed.Length - at).Select(length => seed.Remove(at, length)));
        var replaced = Gen.Choose(0, seed.Length - 1).SelectMany(at => piece.Select(text => seed.Remove(at, 1).Insert(at, text)));
        return Gen.OneOf(soup, inserted, cut, replaced);
    }

    private static async Task AssertAsync(Gen<string> bodies, Func<string, Task<WireAnswer>> send, Action<WireAnswer> check)
    {
        foreach (var body in bodies.Sample(300))
        {
            var answer = await send(body);
            (answer.Status is >= 200 and < 300).ShouldBeFalse(body);
            answer.Text.ShouldNotContain("90500");
            check(answer);
        }
    }
}
