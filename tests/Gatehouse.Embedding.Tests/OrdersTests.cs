using System.Text.Json;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Sessions;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Embedding.Tests;

/// <summary>Sign-in, sign-out, claims, challenge and refusal in an application that is not ours.</summary>
public sealed class OrdersTests : IAsyncLifetime
{
    private const string Error623 = """[{"messageType":"ERROR","messageText":"Authentication failed","messageAppendedText":null,"messageNumber":623}]""";
    private readonly TemporaryDirectory _directory = new();
    private OrdersApplication _app = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await OrdersApplication.StartAsync(_directory.Path, ("Gatehouse:Throttle:FreeAttempts", "3"));
        await _app.AddAsync("alice", ["PLANT", "OFFICE"]);
        await _app.AddAsync("boss", [], "administrator");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    [Contract("ARS-15", "ARS-27", "ARS-68", "ARS-79")]
    public async Task Signs_in_calls_and_signs_out()
    {
        var token = await _app.SignInAsync("alice");
        (await _app.GetAsync("/orders", token)).Text.ShouldBe("orders for alice");
        (await _app.GetAsync("/api/arsys/v1/entry/HPD:Help%20Desk", token)).Text.ShouldBe("HPD:Help Desk for alice");

        (await _app.SendAsync("POST", "/api/jwt/logout", "", token)).Status.ShouldBe(204);

        (await _app.GetAsync("/orders", token)).Status.ShouldBe(401);
    }

    [Fact]
    public async Task User_has_name_roles_and_tenants()
    {
        var alice = await CallerAsync(await _app.SignInAsync("alice"));
        var boss = await CallerAsync(await _app.SignInAsync("boss"));

        (alice.Name, alice.Type, alice.Method).ShouldBe(("alice", "ar-system", "ar-jwt"));
        alice.Roles.ShouldBeEmpty();
        alice.Tenants.ShouldBe(["OFFICE", "PLANT"]);
        alice.Session!.Length.ShouldBe(26);
        boss.Roles.ShouldBe(["administrator", "global", "impersonator"]);
        boss.Tenants.ShouldBeEmpty();
    }

    [Fact]
    [Contract("ARS-98")]
    public async Task Impersonator_is_a_claim_and_the_rights_are_the_targets()
    {
        var token = await _app.SignInAsync("boss");
        const string AsAlice = "X-AR-Impersonated-User: YWxpY2U=";

        var caller = await CallerAsync(token, AsAlice);

        (caller.Name, caller.Impersonator).ShouldBe(("alice", "boss"));
        (await _app.SendAsync("POST", "/orders/close", "", token, AsAlice)).Status.ShouldBe(403);
        (await _app.GetAsync("/plant", token, AsAlice)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("/orders")]
    [InlineData("/orders/mine")]
    [InlineData("/plant")]
    [InlineData("/api/arsys/v1/entry/x")]
    [InlineData("/api/cmdb/nobody-serves-this")]
    [Contract("ARS-70")]
    public async Task Challenge_has_the_dialects_shape(string path)
    {
        foreach (var answer in new[] { await _app.GetAsync(path), await _app.GetAsync(path, "Authorization: AR-JWT a.b.c"), await _app.GetAsync(path, "Authorization: Basic YTpi") })
        {
            answer.Status.ShouldBe(401);
            answer.Header("WWW-Authenticate").ShouldBe("AR-JWT");
            answer.Text.ShouldBe(Error623);
        }
    }

    [Fact]
    public async Task Role_and_tenant_decide_and_refuse_in_the_dialects_shape()
    {
        var (alice, boss) = (await _app.SignInAsync("alice"), await _app.SignInAsync("boss"));

        (await _app.SendAsync("POST", "/orders/close", "", boss)).Text.ShouldBe("closed");
        (await _app.GetAsync("/plant", alice)).Text.ShouldBe("plant");
        foreach (var refused in new[] { await _app.SendAsync("POST", "/orders/close", "", alice), await _app.GetAsync("/plant", boss) })
        {
            refused.Status.ShouldBe(403);
            refused.Header("WWW-Authenticate").ShouldBeNull();
            refused.Text.ShouldBe("""[{"messageType":"ERROR","messageText":"Not allowed with this credential","messageAppendedText":null,"messageNumber":10403}]""");
        }
    }

    [Fact]
    [Contract("HTT-36")]
    public async Task Open_endpoint_looks_at_no_credential()
    {
        var token = await _app.SignInAsync("alice");

        (await _app.GetAsync("/open", token)).Text.ShouldBe("nobody");
        (await _app.GetAsync("/open", "Authorization: AR-JWT garbage")).Text.ShouldBe("nobody");
    }

    [Fact]
    public async Task Path_of_the_dialect_that_nobody_serves_is_404_in_its_shape_for_who_is_signed_in()
    {
        var answer = await _app.GetAsync("/api/cmdb/v1/x", await _app.SignInAsync("alice"));

        answer.Status.ShouldBe(404);
        answer.Text.ShouldBe("""[{"messageType":"ERROR","messageText":"Not found","messageAppendedText":null,"messageNumber":10404}]""");
    }

    [Fact]
    [Contract("HTT-38")]
    public async Task Exception_of_the_application_tells_nothing()
    {
        var answer = await _app.GetAsync("/broken", await _app.SignInAsync("alice"));

        answer.Status.ShouldBe(500);
        answer.Text.ShouldNotContain("detail");
    }

    [Fact]
    [Contract("ARS-41", "ARS-49")]
    public async Task Wrong_passwords_are_refused_and_then_delayed()
    {
        await _app.AddAsync("carol", []);
        var statuses = new List<int>();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            statuses.Add((await _app.LoginAsync("carol", $"wrong {attempt}")).Status);
        }

        statuses[0].ShouldBe(401);
        statuses[^1].ShouldBe(429);
        (await _app.LoginAsync("carol")).Status.ShouldBe(429, "the right password waits, too");
        (await _app.LoginAsync("alice")).Status.ShouldBe(200, "others do not");
    }

    [Fact]
    [Contract("ARS-110")]
    public async Task Disabled_account_is_out_at_once()
    {
        await _app.AddAsync("dave", []);
        var token = await _app.SignInAsync("dave");
        (await _app.GetAsync("/orders", token)).Status.ShouldBe(200);

        await _app.Service<AccountAdministration>().DisableAsync("dave", CancellationToken.None);

        var answer = await UntilAsync(() => _app.GetAsync("/orders", token), 401);
        answer.Text.ShouldBe(Error623);
    }

    [Fact]
    [Contract("MIC-36", "MIC-88", "MIC-86", "MIC-87")]
    public async Task Second_dialect_signs_in_where_an_endpoint_names_it()
    {
        var login = await _app.SendAsync("POST", "/mmws/api/micetro/sessions", $$"""{"loginName":"alice","password":"{{OrdersApplication.Password}}"}""", "Content-Type: application/json");
        login.Status.ShouldBe(201);
        var session = $"Authorization: Bearer {JsonDocument.Parse(login.Text).RootElement.GetProperty("result").GetProperty("session").GetString()}";

        (await _app.GetAsync("/zones", session)).Text.ShouldBe("zones for alice");
        (await _app.GetAsync("/orders", session)).Status.ShouldBe(401, "each endpoint has its dialect");
        (await _app.GetAsync("/zones", await _app.SignInAsync("alice"))).Status.ShouldBe(401);

        var challenge = await _app.GetAsync("/zones");
        (challenge.Status, challenge.Text).ShouldBe((401, """{"error":{"code":5002,"message":"Missing Session ID."}}"""));
        challenge.All("WWW-Authenticate")[^1].ShouldBe("""Bearer realm="Micetro" """.TrimEnd());
        var refused = await _app.GetAsync("/zones/all", session);
        (refused.Status, refused.Text).ShouldBe((403, """{"error":{"code":90403,"message":"Not allowed."}}"""));
        (await _app.GetAsync("/mmws/api/v2/Users", session)).Text.ShouldBe("""{"error":{"code":90404,"message":"No such resource."}}""");
    }

    private async Task<OrdersApplication.Caller> CallerAsync(params string[] headers)
    {
        var answer = await _app.GetAsync("/orders/mine", headers);
        answer.Status.ShouldBe(200, answer.Text);
        return JsonSerializer.Deserialize<OrdersApplication.Caller>(Unchunked(answer.Text), JsonSerializerOptions.Web)!;
    }

    private static string Unchunked(string text) => text[text.IndexOf('{', StringComparison.Ordinal)..(text.LastIndexOf('}') + 1)];

    private static async Task<Gatehouse.Testing.Server.WireAnswer> UntilAsync(Func<Task<Gatehouse.Testing.Server.WireAnswer>> ask, int status)
    {
        for (var attempt = 0; ; attempt++)
        {
            var answer = await ask();
            if (answer.Status == status)
            {
                return answer;
            }

            attempt.ShouldBeLessThan(100, "the change feed tells it within a second");
            await Task.Delay(20);
        }
    }
}
