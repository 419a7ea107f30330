using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Dialects;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.OperationalIntelligence;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>
/// The dialect inside somebody's own ASP.NET Core application, on a clock that the test moves and before an upstream
/// that does what the request's header <c>X-Do</c> says.
/// </summary>
internal sealed class OwnApplication : IAsyncDisposable
{
    private const int FewRounds = 1_000;
    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteStore _store;
    private readonly WebApplication _app;

    private OwnApplication(Action<OperationalIntelligenceOptions> configure)
    {
        _store = new SqliteStore(_directory.File("gatehouse.db"), new StoreOptions(), Clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IStore>(_store)
            .AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]))
            .AddSingleton(new StoreOptions())
            .AddSingleton(new PasswordOptions { Rounds = FewRounds })
            .AddSingleton(new ThrottleOptions())
            .AddKeyedSingleton<IUpstream, ObedientUpstream>(OperationalIntelligenceDialect.Id);
        builder.Services.AddGatehouse().AddOperationalIntelligence(configure);
        _app = builder.Build();
        _app.UseMiddleware<FaultMiddleware>();
        _app.UseRouting();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapOperationalIntelligence();
    }

    public ManualClock Clock { get; } = new();

    public static async Task<OwnApplication> StartAsync(Action<OperationalIntelligenceOptions> configure)
    {
        var application = new OwnApplication(configure);
        await application._store.MigrateAsync(default);
        var audit = new AuditEvent { Time = application.Clock.GetUtcNow(), Event = AuditEvents.Start, Outcome = AuditOutcomes.Accepted };
        var tenant = await application._store.Tenants.AddAsync("DEFAULTORG", CanonicalName.KeyOf("DEFAULTORG"), "ORG", hidden: false, audit, default);
        await application._store.Accounts.AddAsync(
            new NewAccount("guest", "guest", Account.LocalAuthority, PasswordHash.Create(OiGate.Password, FewRounds), Roles.None, [tenant!.Id]), audit, default);
        await application._app.StartAsync();
        return application;
    }

    public Task<WireAnswer> SendAsync(string request) => WireClient.ExchangeAsync(new Uri(_app.Urls.Single()), request);

    public async Task<OiTokens> SignInAsync() => OiGate.Tokens(await SendAsync(OiRequests.SignIn("guest")));

    public async Task<string> CallAsync(OiTokens tokens)
    {
        var answer = await SendAsync(OiRequests.Call(OiRequests.Bearer(tokens.Tkn)));
        return answer.Status == 200 ? "ok" : answer.Text.Split('"')[^2];
    }

    public Task<WireAnswer> CallAsync(OiTokens tokens, string order, params string[] headers) =>
        SendAsync(OiRequests.Call(OiRequests.Bearer(tokens.Tkn), "/mdo/x", "GET", [$"X-Do: {order}", .. headers]));

    public async Task<OiTokens?> RefreshAsync(OiTokens tokens)
    {
        var answer = await SendAsync(OiRequests.Refresh(tokens.Rtkn));
        answer.Status.ShouldBeOneOf(200, 401);
        return answer.Status == 200 ? OiGate.Tokens(answer) : null;
    }

    public void Pass(int seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    private sealed class ObedientUpstream : IUpstream
    {
        public ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
        {
            var headers = context.Response.Headers;
            switch (context.Request.Headers["X-Do"].ToString())
            {
                case "fail":
                    headers.Append("X-Half", "done");
                    throw new InvalidOperationException("secret detail");
                case "vanish":
                    return new(ForwardOutcome.Unreachable);
                case "stall":
                    return new(ForwardOutcome.TimedOut);
                case "cors":
                    headers.Append("access-control-allow-origin", "*");
                    headers.Append("Access-Control-Allow-Credentials", "true");
                    headers.Vary = "Accept-Encoding";
                    break;
                default:
                    break;
            }

            context.Response.ContentLength = 0;
            return new(ForwardOutcome.Answered);
        }
    }
}
