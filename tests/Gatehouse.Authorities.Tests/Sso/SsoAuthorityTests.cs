using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Authorities.Sso;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

public sealed class SsoAuthorityTests
{
    private static readonly PasswordQuestion Question = new("alice", null, "the password", null) { WantsToken = true };

    [Fact]
    [Contract("PN-93")]
    public async Task CheckAsync_right_password_gives_person_roles_tenants_and_token()
    {
        await using var sso = await CrookedSso.StartAsync();
        var clock = new ManualClock();
        using var authority = sso.Authority(
            options => ClaimRules.Read(["admins=role:administrator", "calbro=tenant:calbro", "calbro=tenant:other", "nobody=role:global"], rules => options.GroupRules = rules), clock);

        var answer = await authority.CheckAsync(Question, default);

        answer.Decision.ShouldBe(AuthorityDecision.Right);
        answer.Person!.Name.ShouldBe("alice");
        answer.Person.Id.ShouldBe($"{sso.Issuer} 4711");
        answer.Person.Roles.ShouldBe(Roles.Administrator);
        answer.Person.Tenants.ShouldBe(["calbro", "other"]);
        answer.Token!.Value.ShouldBe("opaque-1");
        answer.Token.Authority.ShouldBe("corp");
        answer.Token.Expires.ShouldBe(clock.GetUtcNow().AddSeconds(300));
    }

    [Fact]
    public async Task CheckAsync_shows_the_secret_form_encoded_in_the_header_or_in_the_body()
    {
        await using var sso = await CrookedSso.StartAsync();
        using var basic = sso.Authority();
        using var post = sso.Authority(options => options.ClientAuthentication = ClientAuthentication.Post);

        await basic.CheckAsync(Question, default);
        await post.CheckAsync(Question, default);

        var requests = sso.Seen.Where(request => request.Path == "/token").ToList();
        requests[0].Authorization.ShouldBe("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("gate:a%20secret%3A%20100%25%20%26odd%20%2B")));
        requests[0].Body.ShouldBe("grant_type=password&username=alice&password=the+password&scope=openid+profile");
        requests[1].Authorization.ShouldBe("");
        requests[1].Body.ShouldEndWith("&client_id=gate&client_secret=a+secret%3A+100%25+%26odd+%2B");
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant"}""", AuditReasons.BadCredentials)]
    [InlineData(401, """{"error":"invalid_grant","error_description":"Invalid user credentials"}""", AuditReasons.BadCredentials)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Account is locked"}""", AuditReasons.Locked)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Account temporarily disabled"}""", AuditReasons.Locked)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Account disabled"}""", AuditReasons.Disabled)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Password EXPIRED"}""", AuditReasons.Expired)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Account is not fully set up"}""", AuditReasons.MustChange)]
    public async Task CheckAsync_invalid_grant_is_a_wrong_password(int status, string body, string reason)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, status, body);
        using var authority = sso.Authority();

        var answer = await authority.CheckAsync(Question, default);

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client"}""")]
    [InlineData(400, """{"error":"invalid_client"}""")]
    [InlineData(400, """{"error":"invalid_request"}""")]
    [InlineData(400, """{"error":"unauthorized_client"}""")]
    [InlineData(400, """{"error":"unsupported_grant_type"}""")]
    [InlineData(400, """{"error":"invalid_scope"}""")]
    [InlineData(400, "")]
    [InlineData(400, """{"error":"invalid_grant","error":"invalid_grant"}""")]
    [InlineData(400, """{"error":["invalid_grant"]}""")]
    [InlineData(401, "<html>please sign in</html>")]
    [InlineData(403, """{"error":"invalid_grant"}""")]
    [InlineData(404, "")]
    [InlineData(429, """{"error":"invalid_grant"}""")]
    [InlineData(500, """{"error":"invalid_grant"}""")]
    [InlineData(503, "")]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"access_token":""}""")]
    [InlineData(200, """{"access_token":1}""")]
    [InlineData(200, """{"token_type":"Bearer"}""")]
    [InlineData(200, """{"access_token":"a","access_token":"b"}""")]
    [InlineData(200, """{"access_token":"a"} trailing""")]
    [InlineData(200, """{"access_token":"\ud800"}""")]
    [InlineData(200, """{"access_token":"a","expires_in":-1}""")]
    [InlineData(200, """{"access_token":"a","expires_in":"soon"}""")]
    [InlineData(200, """{"access_token":"a","expires_in":1e400}""")]
    [Contract("HTT-99", "ATK-70", "PN-105")]
    public async Task CheckAsync_anything_but_a_clear_answer_is_unavailable_and_never_wrong(int status, string body)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, status, body);
        using var authority = sso.Authority();

        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    [Contract("ATK-76")]
    public async Task CheckAsync_never_follows_a_redirect(int status)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/token"] = context =>
        {
            context.Response.Headers.Location = $"{sso.Issuer}/elsewhere";
            return CrookedSso.JsonAsync(context, status, """{"error":"invalid_grant"}""");
        };
        using var authority = sso.Authority();

        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);

        sso.CountOf("/elsewhere").ShouldBe(0);
        sso.CountOf("/token").ShouldBe(1);
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/token")]
    [InlineData("/me")]
    [Contract("ATK-47", "ATK-70")]
    public async Task CheckAsync_huge_and_late_answers_are_unavailable(string path)
    {
        await using var sso = await CrookedSso.StartAsync();
        using var authority = sso.Authority();
        var sent = 0L;
        sso.Answers[path] = async context =>
        {
            context.Response.ContentType = "application/json";
            var blanks = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            try
            {
                for (var i = 0; i < 1_000; i++)
                {
                    await context.Response.Body.WriteAsync(blanks, context.RequestAborted);
                    Interlocked.Add(ref sent, blanks.Length);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The gate hung up.
            }
        };
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        Interlocked.Read(ref sent).ShouldBeLessThan(16L * 1024 * 1024);

        // Whatever the machine has to do: this one never answers.
        using var impatient = sso.Authority(options => options.TimeoutSeconds = 1);
        sso.Answers[path] = context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        (await impatient.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);

        sso.Answers.Clear();
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Right);
    }

    [Theory]
    [InlineData("""{"sub":"4711"}""")]
    [InlineData("""{"preferred_username":"alice"}""")]
    [InlineData("""{"sub":"","preferred_username":"alice"}""")]
    [InlineData("""{"sub":"4711","preferred_username":["alice"]}""")]
    [InlineData("""{"sub":"1","sub":"4711","preferred_username":"alice"}""")]
    [Contract("HTT-99")]
    public async Task CheckAsync_a_person_that_is_not_named_is_unavailable_and_its_token_is_not_kept(string userInfo)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/me"] = context => CrookedSso.JsonAsync(context, 200, userInfo);
        using var authority = sso.Authority();

        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    [Fact]
    public async Task CheckAsync_ends_the_token_that_nobody_wanted()
    {
        await using var sso = await CrookedSso.StartAsync();
        using var authority = sso.Authority();

        var answer = await authority.CheckAsync(Question with { WantsToken = false }, default);

        answer.Decision.ShouldBe(AuthorityDecision.Right);
        answer.Token.ShouldBeNull();
        await WaitAsync(() => sso.CountOf("/revoke") == 1);
        sso.Seen.Single(request => request.Path == "/revoke").Body.ShouldBe("token=opaque-1&token_type_hint=access_token");
    }

    [Fact]
    [Contract("ATK-72")]
    public async Task CheckAsync_certificate_of_another_authority_or_name_or_past_is_unavailable()
    {
        await using var good = await CrookedSso.StartAsync();
        await using var foreign = await CrookedSso.StartAsync(ownAuthority: true);
        await using var named = await CrookedSso.StartAsync("other.example");
        await using var past = await CrookedSso.StartAsync(until: DateTimeOffset.UtcNow.AddMinutes(-5));

        foreach (var (sso, ca) in new[] { (foreign, good.CaFile), (named, named.CaFile), (past, past.CaFile) })
        {
            using var authority = sso.Authority(options =>
            {
                options.Authorities.Clear();
                options.Authorities.ImportFromPemFile(ca);
            });
            (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
            sso.Seen.ShouldBeEmpty("nothing may be sent to a server that is not the right one");
        }

        using var unknown = good.Authority(options => options.Authorities.Clear());
        (await unknown.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        good.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("issuer", "https://localhost")]
    [InlineData("issuer", "https://other.example")]
    [InlineData("issuer", null)]
    [InlineData("token_endpoint", "http://localhost/token")]
    [InlineData("token_endpoint", "ftp://localhost/token")]
    [InlineData("token_endpoint", "/token")]
    [InlineData("token_endpoint", null)]
    [InlineData("jwks_uri", "http://localhost/jwks")]
    [InlineData("userinfo_endpoint", "http://localhost/me")]
    [Contract("HTT-99", "ATK-66")]
    public async Task CheckAsync_discovery_of_another_issuer_or_without_tls_is_not_believed(string member, string? value)
    {
        await using var sso = await CrookedSso.StartAsync();
        var document = sso.Document();
        document[member] = value;
        sso.Answers["/.well-known/openid-configuration"] = context => CrookedSso.JsonAsync(context, 200, document.ToJsonString());
        using var authority = sso.Authority();

        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        sso.CountOf("/token").ShouldBe(0);
    }

    [Fact]
    [Contract("HTT-99")]
    public async Task CheckAsync_leaves_a_server_alone_that_failed_several_times_and_tries_again_later()
    {
        await using var sso = await CrookedSso.StartAsync();
        var clock = new ManualClock();
        using var authority = sso.Authority(clock: clock);
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Right);
        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, 500, "");
        for (var i = 0; i < 20; i++)
        {
            (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        }

        sso.CountOf("/token").ShouldBe(1 + 5);

        sso.Answers.Clear();
        clock.Advance(TimeSpan.FromSeconds(6));
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Right);
    }

    [Fact]
    public async Task CheckAsync_fetches_the_discovery_document_once_for_many()
    {
        await using var sso = await CrookedSso.StartAsync();
        var clock = new ManualClock();
        using var authority = sso.Authority(clock: clock);

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => authority.CheckAsync(Question, default).AsTask()));
        sso.CountOf("/.well-known/openid-configuration").ShouldBe(1);

        // Renewed when it is old; one that cannot be renewed is used on.
        clock.Advance(TimeSpan.FromMinutes(11));
        sso.Answers["/.well-known/openid-configuration"] = context => CrookedSso.JsonAsync(context, 404, "");
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Right);
        sso.CountOf("/.well-known/openid-configuration").ShouldBe(2);
    }

    [Fact]
    [Contract("ATK-73")]
    public async Task CheckAsync_userinfo_about_another_person_than_the_id_token_is_unavailable()
    {
        await using var sso = await CrookedSso.StartAsync();
        var tokens = new TokenMint(sso);
        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, 200, new JsonObject { ["access_token"] = "a", ["id_token"] = tokens.IdToken("4711") }.ToJsonString());
        using var authority = sso.Authority();
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Right);

        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, 200, new JsonObject { ["access_token"] = "a", ["id_token"] = tokens.IdToken("4712") }.ToJsonString());
        (await authority.CheckAsync(Question, default)).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    [Theory]
    [InlineData("""{"active":true}""", ExternalTokenState.Live)]
    [InlineData("""{"active":true,"exp":4102444800}""", ExternalTokenState.Live)]
    [InlineData("""{"active":false}""", ExternalTokenState.Ended)]
    [InlineData("""{"active":true,"exp":1000}""", ExternalTokenState.Ended)]
    [InlineData("""{"active":true,"iss":"https://other.example"}""", ExternalTokenState.Ended)]
    [InlineData("""{"active":"true"}""", ExternalTokenState.Unavailable)]
    [InlineData("""{"active":false,"active":true}""", ExternalTokenState.Unavailable)]
    [InlineData("{}", ExternalTokenState.Unavailable)]
    [InlineData("no", ExternalTokenState.Unavailable)]
    [Contract("PN-94", "ATK-18")]
    public async Task CheckTokenAsync_by_introspection(string body, ExternalTokenState state)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/introspect"] = context => CrookedSso.JsonAsync(context, 200, body);
        using var authority = sso.Authority();

        (await authority.CheckTokenAsync("opaque-1", default)).ShouldBe(state);
    }

    [Theory]
    [InlineData(200, "", true)]
    [InlineData(400, """{"error":"unsupported_token_type"}""", true)]
    [InlineData(401, """{"error":"invalid_client"}""", false)]
    [InlineData(503, "", false)]
    [Contract("PN-95")]
    public async Task EndTokenAsync_says_whether_the_server_was_asked(int status, string body, bool asked)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/revoke"] = context => CrookedSso.JsonAsync(context, status, body);
        using var authority = sso.Authority();

        (await authority.EndTokenAsync("opaque-1", default)).ShouldBe(asked);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(10))
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        }
    }
}
