using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gatehouse.Client.ArSystem;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>What a good server cannot be brought to do. The clock is the test's, the sockets are real.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const string Secret = "the password of this test";
    private readonly ManualClock _clock = new();
    private ScriptedUpstream _upstream = null!;
    private ArSystemHandler _handler = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await ScriptedUpstream.StartAsync();
        _handler = new ArSystemHandler(Options(_upstream.Address), _clock) { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false } };
        _client = new HttpClient(_handler, disposeHandler: false) { BaseAddress = _upstream.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _handler.Dispose();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_of_the_sign_in_carries_the_password_nowhere(int status)
    {
        await using var thief = await ScriptedUpstream.StartAsync();
        _upstream.Login = (context, _) => RedirectAsync(context, status, new Uri(thief.Address, ScriptedUpstream.LoginPath));

        (await Should.ThrowAsync<SignInRefusedException>(() => _client.GetAsync("x"))).Message.ShouldContain("redirects are not followed");

        thief.Logins.ShouldBe(0);
        thief.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Redirect_of_a_call_is_the_callers()
    {
        await using var thief = await ScriptedUpstream.StartAsync();
        _upstream.Call = context => RedirectAsync(context, 307, new Uri(thief.Address, "/x"));

        using var answer = await _client.GetAsync("x");

        answer.StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        thief.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Handler_that_follows_redirects_is_refused_before_anything_is_sent()
    {
        using var handler = new ArSystemHandler(Options(_upstream.Address)) { InnerHandler = new HttpClientHandler() };
        using var client = new HttpClient(handler);

        await Should.ThrowAsync<InvalidOperationException>(() => client.GetAsync(_upstream.Address));

        _upstream.Logins.ShouldBe(0);
    }

    [Fact]
    public async Task Another_host_or_port_gets_no_credential()
    {
        await using var other = await ScriptedUpstream.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(other.Address, "/y")).ActingAs("Demo2");
        var impersonated = "?";
        other.Call = context =>
        {
            impersonated = context.Request.Headers["X-AR-Impersonated-User"].ToString();
            return context.Response.WriteAsync("ok");
        };
        await _client.GetAsync("x");

        await _client.SendAsync(request);
        await _client.GetAsync(new UriBuilder(_upstream.Address) { Host = "localhost" }.Uri);

        other.Seen.ShouldBe([("/y", "")]);
        impersonated.ShouldBeEmpty();
        _upstream.Seen.Select(seen => seen.Authorization).ShouldBe(["AR-JWT token-1", ""]);
    }

    [Theory]
    [InlineData("https://gate.example/base", "https://gate.example/base/x", true)]
    [InlineData("https://gate.example/base", "https://gate.example/base", true)]
    [InlineData("https://gate.example/base", "https://GATE.example:443/base/x", true)]
    [InlineData("https://gate.example/base", "https://gate.example/basement", false)]
    [InlineData("https://gate.example/base", "https://gate.example/base/../x", false)]
    [InlineData("https://gate.example/base", "https://gate.example/base/%2e%2e/x", false)]
    [InlineData("https://gate.example/base", "https://gate.example:8443/base/x", false)]
    [InlineData("https://gate.example/base", "http://gate.example/base/x", false)]
    [InlineData("https://gate.example/base", "https://gate.example.evil.test/base/x", false)]
    [InlineData("https://gate.example/base", "https://gate.example@evil.test/base/x", false)]
    public void Credential_belongs_to_one_address(string address, string target, bool applies)
    {
        using var handler = new ArSystemHandler(Options(new Uri(address)));

        handler.Credential.AppliesTo(new Uri(target)).ShouldBe(applies);
    }

    [Fact]
    public async Task Caller_that_gives_up_does_not_take_the_others_along()
    {
        var release = new TaskCompletionSource();
        _upstream.Login = async (context, _) =>
        {
            await release.Task;
            await context.Response.WriteAsync("token");
        };
        using var impatient = new CancellationTokenSource();
        var first = _client.GetAsync("x", impatient.Token);
        var others = Enumerable.Range(0, 5).Select(_ => _client.GetAsync("x")).ToList();

        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        release.SetResult();

        (await Task.WhenAll(others)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        _upstream.Logins.ShouldBe(1);
    }

    [Fact]
    public async Task Refused_password_is_tried_again_after_growing_pauses_only()
    {
        _upstream.Login = (context, _) => StatusAsync(context, 401);

        var pauses = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            var refusals = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Should.ThrowAsync<SignInRefusedException>(() => _client.GetAsync("x"))));
            pauses.Add(refusals.Max(refusal => refusal.RetryAfter.TotalMinutes));
            _clock.Advance(refusals[0].RetryAfter - TimeSpan.FromTicks(1));
            await Should.ThrowAsync<SignInRefusedException>(() => _client.GetAsync("x"));
            _upstream.Logins.ShouldBe(round + 1);
            _clock.Advance(TimeSpan.FromTicks(1));
        }

        pauses.ShouldBe([1, 2, 4, 8]);
        _upstream.Login = (context, _) => context.Response.WriteAsync("token");
        (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(408, null, 1)]
    [InlineData(429, "17", 17)]
    [InlineData(500, null, 1)]
    [InlineData(503, "5", 5)]
    [InlineData(503, "Fri, 01 May 2026 12:00:40 GMT", 40)]
    [InlineData(503, "999999999", 3600)]
    public async Task Busy_upstream_is_asked_again_when_it_says(int status, string? retryAfter, int seconds)
    {
        _upstream.Login = (context, _) =>
        {
            context.Response.Headers.RetryAfter = retryAfter;
            return StatusAsync(context, status);
        };

        var failure = await Should.ThrowAsync<SignInUnavailableException>(() => _client.GetAsync("x"));
        (failure.RetryAfter, (int?)failure.StatusCode).ShouldBe((TimeSpan.FromSeconds(seconds), status));
        await Should.ThrowAsync<SignInUnavailableException>(() => _client.GetAsync("x"));
        _upstream.Logins.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _upstream.Login = (context, _) => context.Response.WriteAsync("token");
        (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("to ken")]
    [InlineData("token\r\nX-Evil: 1")]
    [InlineData("<html>ü</html> of some proxy")]
    public async Task Answer_that_is_no_token_is_not_sent_as_one(string body)
    {
        _upstream.Login = (context, _) => context.Response.WriteAsync(body);

        await Should.ThrowAsync<SignInUnavailableException>(() => _client.GetAsync("x"));

        _upstream.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Endless_answer_is_cut_off()
    {
        _upstream.Login = async (context, _) =>
        {
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        };

        await Should.ThrowAsync<SignInUnavailableException>(() => _client.GetAsync("x"));
    }

    [Fact]
    public async Task Silent_upstream_is_waited_for_no_longer_than_the_time_out()
    {
        var asked = new TaskCompletionSource();
        _upstream.Login = async (context, _) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var call = _client.GetAsync("x");
        await asked.Task;

        _clock.Advance(TimeSpan.FromSeconds(30));

        (await Should.ThrowAsync<SignInUnavailableException>(() => call)).Message.ShouldContain("30 s");
    }

    [Fact]
    public async Task Upstream_that_refuses_fresh_tokens_is_not_signed_in_at_for_every_call()
    {
        _upstream.Call = context => StatusAsync(context, 401);

        for (var call = 0; call < 50; call++)
        {
            (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        _upstream.Logins.ShouldBe(2, "the first, and one to see whether a new one helps");
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _client.GetAsync("x");
        await _client.GetAsync("x");
        _upstream.Logins.ShouldBe(3);
        _upstream.Call = context => context.Response.WriteAsync("ok");
        (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Refusal_for_another_scheme_is_passed_on()
    {
        _upstream.Call = context =>
        {
            context.Response.Headers.WWWAuthenticate = "Negotiate";
            return StatusAsync(context, 401);
        };

        (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        (_upstream.Logins, _upstream.Seen.Count).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Token_that_still_lives_is_used_on_while_no_new_one_can_be_had()
    {
        _upstream.Login = (context, number) => number == 1 ? context.Response.WriteAsync(TokenFor(601)) : StatusAsync(context, 503);
        await _client.GetAsync("x");

        _clock.Advance(TimeSpan.FromSeconds(570));
        (await _client.GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _upstream.Logins.ShouldBe(2, "its end is near: a new one was asked for");

        _clock.Advance(TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<SignInUnavailableException>(() => _client.GetAsync("x"));
        _upstream.Seen.Select(seen => seen.Authorization).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Body_is_sent_again_whole_when_it_is_in_memory()
    {
        var bodies = new List<string>();
        _upstream.Call = async context =>
        {
            bodies.Add(await new StreamReader(context.Request.Body).ReadToEndAsync());
            context.Response.StatusCode = bodies.Count == 1 ? 401 : 200;
        };
        using var parts = new MultipartFormDataContent { { new StringContent("value"), "name" } };
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("streamed"));
        using var marked = new HttpRequestMessage(HttpMethod.Post, "x") { Content = new StreamContent(stream) };

        (await _client.PostAsync("x", parts)).StatusCode.ShouldBe(HttpStatusCode.OK);

        bodies.Count.ShouldBe(2);
        bodies[1].ShouldBe(bodies[0]);
        bodies[1].ShouldContain("value");

        await marked.Content.LoadIntoBufferAsync();
        marked.MarkReplayable();
        bodies.Clear();
        (await _client.SendAsync(marked)).StatusCode.ShouldBe(HttpStatusCode.OK);
        bodies.ShouldBe(["streamed", "streamed"]);
    }

    [Fact]
    public async Task Authorization_of_the_caller_is_left_alone()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "x") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "mine") } };
        _upstream.Call = context => StatusAsync(context, 401);

        (await _client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        _upstream.Seen.ShouldBe([("/x", "Bearer mine")]);
        _upstream.Logins.ShouldBe(0);
    }

    [Fact]
    public void Synchronous_requests_are_refused_rather_than_sent_without_credential()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "x");

        Should.Throw<NotSupportedException>(() => _client.Send(request));

        _upstream.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_that_is_printed_holds_a_secret()
    {
        _upstream.Login = (context, number) => number == 1 ? context.Response.WriteAsync("secret-token") : StatusAsync(context, 401);
        using var answer = await _client.GetAsync("x");
        var grant = await _handler.Credential.GetAsync(default);
        _handler.Credential.Refused(grant);
        var refusal = await Should.ThrowAsync<SignInRefusedException>(() => _client.GetAsync("x"));

        var printed = string.Join('\n', grant, _handler, _handler.Credential, Options(_upstream.Address), answer.RequestMessage, refusal);
        printed.ShouldNotContain(Secret);
        printed.ShouldNotContain("secret-token");
        printed.ShouldContain("ar-system: 'connector' at http://127.0.0.1:");
    }

    [Fact]
    public async Task Sign_out_that_hangs_is_given_up()
    {
        var asked = new TaskCompletionSource();
        await _client.GetAsync("x");
        _upstream.Call = async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var ending = _handler.DisposeAsync();
        await asked.Task;
        ending.IsCompleted.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromSeconds(5));

        await ending;
        _upstream.Seen.Last().ShouldBe(("/api/jwt/logout", "AR-JWT token-1"));
    }

    [Fact]
    public async Task Session_that_starts_while_everything_ends_is_signed_out()
    {
        var (asked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _upstream.Login = async (context, _) =>
        {
            asked.SetResult();
            await release.Task;
            await context.Response.WriteAsync("late");
        };
        using var gone = new CancellationTokenSource();
        var call = _client.GetAsync("x", gone.Token);
        await asked.Task;
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);

        var ending = _handler.DisposeAsync();
        release.SetResult();
        await ending;

        _upstream.Seen.ShouldBe([("/api/jwt/logout", "AR-JWT late")]);
    }

    [Fact]
    public void Options_are_refused_with_all_their_faults()
    {
        var options = new ArSystemClientOptions { Address = new Uri("http://user@gate.example/?q"), SignInTimeout = TimeSpan.Zero };

        var faults = Should.Throw<OptionsValidationException>(() => new ArSystemHandler(options)).Failures.ToList();

        faults.Count.ShouldBe(5);
        string.Join('\n', faults).ShouldContain("plain http");
    }

    internal static ArSystemClientOptions Options(Uri address) => new() { Address = address, AllowHttp = true, Name = "connector", Password = Secret };

    private static string TokenFor(int seconds) => $"e30.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"exp":{{seconds}},"iat":0}"""))}.x";

    private static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task RedirectAsync(HttpContext context, int status, Uri target)
    {
        context.Response.Headers.Location = target.ToString();
        return StatusAsync(context, status);
    }
}
