using System.Text;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed class ProtectedPathTests(ProtectedPathTests.Gate fixture) : IClassFixture<ProtectedPathTests.Gate>
{
    private const string Target = Ask.Prefix + "/test/x";
    private static readonly string Joe = Ask.Basic("joe", "bloggs");

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Theory]
    [Contract("REP-20", "REP-29", "REP-30", "REP-38")]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task Any_method_goes_through_with_the_header_of_the_document_and_none_without(string method)
    {
        var opened = await Ask.SendAsync(_gate.Address, method, Target, "Basic am9lOmJsb2dncw==");
        opened.Status.ShouldBe(200);
        opened.Text.ShouldBe("""{"user":"joe","dialect":"repositories","method":"password-basic","tenant":"test","scope":"tenant","tenants":["test"],"impersonator":null,"session":null}""");
        opened.All("Set-Cookie").ShouldBeEmpty();

        ShouldBeTheRefusal(await Ask.SendAsync(_gate.Address, method, Target));
    }

    [Fact]
    [Contract("HTT-18", "HTT-19")]
    public async Task Head_is_answered_without_body_and_trace_not_at_all()
    {
        var opened = await Ask.SendAsync(_gate.Address, "HEAD", Target, Joe);
        opened.Status.ShouldBe(200);
        opened.Header("Content-Length").ShouldBe("152");
        var refused = await Ask.SendAsync(_gate.Address, "HEAD", Target);
        refused.Status.ShouldBe(401);
        refused.Header("WWW-Authenticate").ShouldBe("Basic realm=\"test\", charset=\"UTF-8\"");
        refused.Header("Content-Length").ShouldBe("26");

        (await Ask.SendAsync(_gate.Address, "TRACE", Target, Joe)).ShouldBeError(405, "Method Not Allowed");
    }

    [Theory]
    [Contract("REP-21", "REP-22", "REP-24", "REP-28", "HTT-16", "HTT-25", "HTT-54")]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic   ")]
    [InlineData("Basic !")]
    [InlineData("Basic am9lOmJsb2dncw")]
    [InlineData("Basic am9lOmJsb2dncw== x")]
    [InlineData("Basic am9lYmxvZ2dz")]
    [InlineData("Basic Og==")]
    [InlineData("Basic am9lOg==")]
    [InlineData("Basic OmJsb2dncw==")]
    [InlineData("Basic am9lOv8=")]
    [InlineData("Basic\tam9lOmJsb2dncw==")]
    [InlineData("Bearer am9lOmJsb2dncw==")]
    [InlineData("Digest username=\"joe\"")]
    [InlineData("Negotiate YII=")]
    [InlineData("AR-JWT x.y.z")]
    [InlineData("am9lOmJsb2dncw==")]
    public async Task Nothing_and_nonsense_are_one_refusal(string authorization)
    {
        ShouldBeTheRefusal(await Ask.SendAsync(_gate.Address, "GET", Target, authorization));
        (await _gate.AuditOfAsync("")).ShouldAllBe(audit => audit.Reason == "blank");
    }

    [Fact]
    [Contract("REP-21", "REP-28", "REP-82", "REP-86", "HTT-73", "HTT-85")]
    public async Task Whatever_the_reason_the_refusal_is_the_same_byte_for_byte()
    {
        await _gate.AddAccountAsync("disabled", "right password", "test");
        await _gate.AddAccountAsync("without", null, "test");
        await _gate.AddAccountAsync("outsider", "right password");
        await _gate.AddAccountAsync("leaver", "right password", "test");
        var dead = await Ask.IssueAsync(_gate.Address, "test", "leaver", "right password");
        (await Ask.SendAsync(_gate.Address, "DELETE", Ask.Prefix + "/test/sessions", Ask.Basic("leaver", Ask.Form(dead)))).Status.ShouldBe(204);
        var live = await Ask.IssueAsync(_gate.Address, "test", "leaver", "right password");
        (await _gate.Accounts.DisableAsync("disabled", CancellationToken.None)).ShouldBeDone();
        await _gate.SettleAsync();

        (string Name, string Password)[] refused =
        [
            ("nobody", "right password"), ("joe", "wrong"), ("JOE", "bloggs"), ("joe", "Bloggs"), ("joe", "bloggs "), ("disabled", "right password"), ("without", "right password"),
            ("without", ""), ("outsider", "right password"), ("leaver", Ask.Form(dead)), ("leaver", Ask.Form(live with { Sid = dead.Sid })),
            ("leaver", Ask.Form(live with { Sid = "1" })), ("joe", Ask.Form(live)), ("nobody", Ask.Form(live)),
            ("joe", "ght_" + new string('A', 43)), ("joe", """{"session":""}"""), ("joe", new string('x', 1025)), ("joe", "{\n\"session\":\"x\"}"),
        ];
        foreach (var (name, password) in refused)
        {
            ShouldBeTheRefusal(await Ask.GetAsync(_gate.Address, Target, name, password));
        }

        foreach (var repository in new[] { "hidden", "unknown" })
        {
            foreach (var authorization in new[] { "", Ask.Basic("joe", "wrong"), Ask.Basic("nobody", "wrong"), Ask.Basic("leaver", Ask.Form(live)), Ask.Basic("leaver", "{\"session\":\"\"}") })
            {
                (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{repository}/x", authorization)).Written()
                    .ShouldBe(Ask.Unauthorized(repository), StringCompareShould.IgnoreLineEndings);
            }
        }
    }

    [Fact]
    [Contract("REP-27", "REP-24")]
    public async Task Each_request_of_a_connection_stands_alone()
    {
        await _gate.AddAccountAsync("anna", "another password", "test");
        await using var client = await WireClient.ConnectAsync(_gate.Address);
        string?[] turns = ["joe", "anna", null, "joe", "wrong", null, "anna"];
        foreach (var turn in turns)
        {
            await client.SendAsync(turn switch
            {
                null => Ask.Request("GET", Target),
                "joe" => Ask.Request("GET", Target, Joe),
                "anna" => Ask.Request("GET", Target, Ask.Basic("anna", "another password")),
                _ => Ask.Request("GET", Target, Ask.Basic("joe", "wrong")),
            });
            var answer = await client.ReadAnswerAsync();
            if (turn is "joe" or "anna")
            {
                answer.Text.ShouldStartWith($$"""{"user":"{{turn}}",""");
            }
            else
            {
                ShouldBeTheRefusal(answer);
            }
        }
    }

    [Theory]
    [Contract("REP-37", "HTT-13", "HTT-30")]
    [InlineData("Basic am9lOmJsb2dncw==", "Basic am9lOmJsb2dncw==")]
    [InlineData("Basic am9lOmJsb2dncw==", "Basic eDp5")]
    [InlineData("Bearer x", "Basic am9lOmJsb2dncw==")]
    [InlineData("", "Basic am9lOmJsb2dncw==")]
    [InlineData("", "")]
    public async Task Two_headers_are_a_bad_request(string first, string second)
    {
        (await Ask.SendAsync(_gate.Address, "GET", Target, first, second)).ShouldBeError(400, "Bad Request");
        (await Ask.SendAsync(_gate.Address, "POST", Ask.Prefix + "/test/sessions", first, second)).ShouldBeError(400, "Bad Request");
    }

    [Fact]
    [Contract("REP-34", "REP-44", "HTT-46", "HTT-52", "HTT-53")]
    public async Task Name_and_password_are_taken_to_the_letter()
    {
        await _gate.AddAccountAsync("jo\u0308rg@ex.org", " p\u00e4ss:w\u00f6rd: ", "test");
        var composed = "j\u00f6rg@ex.org";

        (await Ask.GetAsync(_gate.Address, Target, composed, " p\u00e4ss:w\u00f6rd: ")).Text.ShouldStartWith($$"""{"user":"{{composed}}",""");
        (await Ask.GetAsync(_gate.Address, Target, " jo\u0308rg@ex.org  ", " pa\u0308ss:wo\u0308rd: ")).Status.ShouldBe(200);
        (await Ask.GetAsync(_gate.Address, Target, composed, "p\u00e4ss:w\u00f6rd:")).Status.ShouldBe(401);
        var latin = Convert.ToBase64String(Encoding.Latin1.GetBytes($"{composed}: p\u00e4ss:w\u00f6rd: "));
        ShouldBeTheRefusal(await Ask.SendAsync(_gate.Address, "GET", Target, "Basic " + latin));
    }

    [Fact]
    [Contract("HTT-9", "HTT-51", "ATK-47")]
    public async Task A_header_without_end_is_refused_undecoded() =>
        ShouldBeTheRefusal(await Ask.SendAsync(_gate.Address, "GET", Target, Ask.Basic("joe", new string('x', 20_000))));

    [Fact]
    [Contract("HTT-31")]
    public async Task An_upstream_that_is_away_is_said_in_the_dialects_shape()
    {
        (await Ask.SendAsync(_gate.Address, "GET", Target + "/unreachable", Joe)).ShouldBeError(502, "Bad Gateway");
        (await Ask.SendAsync(_gate.Address, "GET", Target + "/silent", Joe)).ShouldBeError(504, "Gateway Timeout");
    }

    private static void ShouldBeTheRefusal(WireAnswer answer) => answer.Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync();
            await Embedded.AddRepositoriesAsync("test");
            await Embedded.AddHiddenRepositoryAsync("hidden");
            await Embedded.AddAccountAsync("joe", "bloggs", "test");
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
