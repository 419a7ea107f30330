using System.Net;
using System.Text;
using Gatehouse.Client.OAuth;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>client_credentials against a token endpoint that is written down byte by byte, and an API on another host.</summary>
public sealed class OAuthTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly List<(string Path, string Authorization, string Body)> _asked = [];
    private WebApplication _tokens = null!;
    private ScriptedUpstream _api = null!;
    private Func<(int Status, string Body)> _answer = () => (200, """{"access_token":"eyJ.a.b","token_type":"Bearer","expires_in":600}""");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _tokens = builder.Build();
        _tokens.Run(async context =>
        {
            _asked.Add((context.Request.Path, context.Request.Headers.Authorization.ToString(), await new StreamReader(context.Request.Body).ReadToEndAsync()));
            var (status, body) = _answer();
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
        });
        await _tokens.StartAsync();
        _api = await ScriptedUpstream.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _tokens.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    [Contract("HTT-140", "HTT-145", "HTT-146", "HTT-152", "HTT-156", "HTT-164")]
    public async Task Asks_calls_renews_and_gives_back()
    {
        var handler = Open(options => (options.Scope, options.Audience) = ("tenant:PLANT orders", "https://orders.example"));
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = _api.Address };

        await client.GetAsync("x");
        _clock.Advance(TimeSpan.FromSeconds(539));
        await client.GetAsync("x");
        _asked.Count.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await client.GetAsync("x");
        await handler.DisposeAsync();

        _api.Seen.ShouldAllBe(seen => seen.Authorization == "Bearer eyJ.a.b");
        _asked.Select(asked => (asked.Path, asked.Body)).ShouldBe(
        [
            ("/oauth/token", "grant_type=client_credentials&scope=tenant%3APLANT+orders&audience=https%3A%2F%2Forders.example"),
            ("/oauth/token", "grant_type=client_credentials&scope=tenant%3APLANT+orders&audience=https%3A%2F%2Forders.example"),
            ("/oauth/revoke", "token=eyJ.a.b"),
        ]);

        // RFC 6749 section 2.3.1: both are form-encoded first.
        _asked.ShouldAllBe(asked => asked.Authorization == "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("my%3Aclient:p%26ss+w%C3%B6rd%25")));
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client"}""")]
    [InlineData(400, """{"error":"unauthorized_client"}""")]
    [Contract("HTT-143", "HTT-136")]
    public async Task Refused_client_is_not_asked_for_again(int status, string body)
    {
        _answer = () => (status, body);
        await using var handler = Open(_ => { });
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = _api.Address };

        for (var call = 0; call < 5; call++)
        {
            (await Should.ThrowAsync<SignInRefusedException>(() => client.GetAsync("x"))).StatusCode.ShouldBe((HttpStatusCode)status);
        }

        _asked.Count.ShouldBe(1);
        _api.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"access_token":"a","token_type":"DPoP","expires_in":600}""")]
    [InlineData("""{"access_token":["a"],"token_type":"Bearer"}""")]
    [InlineData("""{"token_type":"Bearer"}""")]
    [InlineData("""["a"]""")]
    [InlineData("null")]
    [InlineData("<html>")]
    [Contract("HTT-145")]
    public async Task Token_that_is_no_bearer_is_not_used(string body)
    {
        _answer = () => (200, body);
        await using var handler = Open(_ => { });
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = _api.Address };

        await Should.ThrowAsync<SignInUnavailableException>(() => client.GetAsync("x"));

        _api.Seen.ShouldBeEmpty();
    }

    private OAuthHandler Open(Action<OAuthClientOptions> configure)
    {
        var address = new Uri(_tokens.Urls.Single());
        var options = new OAuthClientOptions
        {
            Address = _api.Address,
            AllowHttp = true,
            TokenEndpoint = new Uri(address, "/oauth/token"),
            RevocationEndpoint = new Uri(address, "/oauth/revoke"),
            ClientId = "my:client",
            ClientSecret = "p&ss wörd%",
        };
        configure(options);
        return new OAuthHandler(options, _clock) { InnerHandler = new SocketsHttpHandler { AllowAutoRedirect = false } };
    }
}
