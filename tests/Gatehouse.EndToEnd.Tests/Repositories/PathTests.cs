using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed class PathTests(PathTests.Gate fixture) : IClassFixture<PathTests.Gate>
{
    private static readonly string Joe = Ask.Basic("joe", "bloggs");

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Theory]
    [Contract("REP-4", "REP-6", "REP-9", "REP-20", "HTT-2")]
    [InlineData("/api/repositories/test")]
    [InlineData("/api/repositories/test/")]
    [InlineData("/api/repositories/test/entities/1/rows?page=2")]
    [InlineData("//api///repositories//test//")]
    [InlineData("/API/Repositories/test")]
    [InlineData("/%61pi/%72epositories/%74est")]
    [InlineData("/api/./repositories/x/../test")]
    [InlineData("/api/%2e/repositories/test")]
    [InlineData("/api/repositories/test/login/x")]
    [InlineData("/api/repositories/test/loginx")]
    [InlineData("/api/repositories/test/login;x")]
    [InlineData("/api/repositories/test/sessions/x")]
    [InlineData("/api/repositories/test/x/login")]
    [InlineData("http://x/api/repositories/test")]
    public async Task Protected_paths_are_closed_and_open_to_members_without_a_redirect(string target)
    {
        (await Ask.SendAsync(_gate.Address, "GET", target)).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);

        var opened = await Ask.SendAsync(_gate.Address, "GET", target, Joe);
        opened.Status.ShouldBe(200);
        opened.Text.ShouldBe("""{"user":"joe","dialect":"repositories","method":"password-basic","tenant":"test","scope":"tenant","tenants":["test"],"impersonator":null,"session":null}""");
        opened.Header("Cache-Control").ShouldBe("no-store");
    }

    [Theory]
    [Contract("REP-6", "REP-72", "REP-77")]
    [InlineData("/api/repositories/test/login")]
    [InlineData("/api/repositories/test/login/")]
    [InlineData("/api/repositories/test/LOGIN")]
    [InlineData("/api/repositories/test//login//")]
    [InlineData("/Api/REPOSITORIES/test/%6Cogin")]
    [InlineData("/api/repositories/test/x/../login")]
    [InlineData("/api/repositories/test/login?username=joe")]
    public async Task Every_spelling_of_login_is_login(string target)
    {
        (await Ask.SendAsync(_gate.Address, "GET", target)).ShouldBeError(400, "Failed to authenticate the client");
        (await Ask.SendAsync(_gate.Address, "GET", target, Joe)).Text.ShouldBe("""{"message":"Client successfully authenticated"}""");
    }

    [Theory]
    [Contract("REP-6", "REP-67")]
    [InlineData("/api/repositories/test/sessions/")]
    [InlineData("/api/repositories/test/SESSIONS")]
    [InlineData("/api/repositories/test/%73essions")]
    public async Task Every_spelling_of_sessions_is_sessions(string target) =>
        (await Ask.SendAsync(_gate.Address, "GET", target, Joe)).ShouldBeError(405, "Method Not Allowed");

    [Theory]
    [Contract("REP-7", "REP-28")]
    [InlineData("TEST", "TEST")]
    [InlineData("Test", "Test")]
    [InlineData("test%20", "test%20")]
    [InlineData("cafe%CC%81", "cafe%CC%81")]
    [InlineData("test%2Flogin", "test%2Flogin")]
    [InlineData("test%5clogin", "test%5Clogin")]
    [InlineData("%2574est", "%2574est")]
    [InlineData("%F0%9F%94%91", "%F0%9F%94%91")]
    [InlineData("a'b(c)", "a%27b%28c%29")]
    public async Task A_name_is_decoded_once_and_compared_exactly(string written, string realm)
    {
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{written}")).Written().ShouldBe(Ask.Unauthorized(realm), StringCompareShould.IgnoreLineEndings);
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{written}", Joe)).ShouldBeError(404, "No repository with that name.");
    }

    [Theory]
    [Contract("REP-7")]
    [InlineData("caf%C3%A9", "caf\u00e9")]
    [InlineData("caf%c3%a9", "caf\u00e9")]
    [InlineData("two%20words", "two words")]
    [InlineData("50%25", "50%")]
    public async Task Escapes_in_a_name_are_that_name(string written, string name) =>
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{written}/x", Joe)).Text.ShouldContain($"\"tenant\":\"{name}\"");

    [Theory]
    [Contract("REP-8")]
    [InlineData("login")]
    [InlineData("sessions")]
    [InlineData("entities")]
    public async Task A_repository_may_be_called_like_an_endpoint(string name)
    {
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{name}")).Written().ShouldBe(Ask.Unauthorized(name), StringCompareShould.IgnoreLineEndings);
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{name}/", Joe)).Text.ShouldContain($"\"tenant\":\"{name}\"");
        (await Ask.SendAsync(_gate.Address, "GET", $"{Ask.Prefix}/{name}/login", Joe)).Text.ShouldBe("""{"message":"Client successfully authenticated"}""");
        (await Ask.SendAsync(_gate.Address, "POST", $"{Ask.Prefix}/{name}/sessions", Joe)).Status.ShouldBe(201);
    }

    [Theory]
    [Contract("REP-10", "HTT-15")]
    [InlineData("/api/repositories/test?username=joe&password=bloggs", "X-Nothing: x")]
    [InlineData("/api/repositories/test?user=joe&session=68aa8c73-87b5-495d-b38f-8addffc9c546&sid=1", "X-Nothing: x")]
    [InlineData("/api/repositories/test", "Proxy-Authorization: Basic am9lOmJsb2dncw==")]
    [InlineData("/api/repositories/test", "X-Authorization: Basic am9lOmJsb2dncw==")]
    [InlineData("/api/repositories/test", "Cookie: Authorization=Basic am9lOmJsb2dncw==")]
    [InlineData("/api/repositories/test", "X-HTTP-Method-Override: GET")]
    [InlineData("/api/repositories/test", "X-Original-URL: /api/repositories")]
    public async Task Credentials_elsewhere_are_not_read(string target, string field)
    {
        var answer = await WireClient.ExchangeAsync(_gate.Address, $"GET {target} HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
        answer.Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
    }

    [Theory]
    [Contract("HTT-3", "HTT-4", "ATK-25")]
    [InlineData("/api/repositories/..;x/test")]
    [InlineData("/api/repositories/test/..%2Flogin")]
    [InlineData("/api/repositories/te%00st")]
    [InlineData("/api/repositories/te%0Ast")]
    [InlineData("/api/repositories/te%C0%AFst")]
    [InlineData("/api/repositories/te%st")]
    public async Task A_path_that_could_be_read_in_two_ways_is_refused(string target) =>
        (await Ask.SendAsync(_gate.Address, "GET", target, Joe)).Status.ShouldBe(400);

    [Theory]
    [Contract("HTT-7")]
    [InlineData("/api/repositoriesx")]
    [InlineData("/api/repositories;x/test")]
    [InlineData("/api/repositorie/test")]
    public async Task What_only_looks_like_the_prefix_is_nobodys(string target)
    {
        var answer = await Ask.SendAsync(_gate.Address, "GET", target, Joe);
        answer.Status.ShouldBe(404);
        answer.Text.ShouldNotContain("joe");
    }

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync();
            string[] names = ["test", "login", "sessions", "entities", "caf\u00e9", "two words", "50%"];
            await Embedded.AddRepositoriesAsync(names);
            await Embedded.AddAccountAsync("joe", "bloggs", names);
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
