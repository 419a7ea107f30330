using Gatehouse.Core;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Somebody's own application that speaks the dialect: real sockets, a clock that the test moves, an upstream that fails on demand.</summary>
internal sealed class MicetroApplication : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;

    private MicetroApplication(TemporaryDirectory directory, WebApplication app, ManualClock clock) => (_directory, _app, Clock) = (directory, app, clock);

    public ManualClock Clock { get; }

    /// <summary>Starts an application with an account alice, whose password costs nothing to hash.</summary>
    public static async Task<MicetroApplication> StartAsync(Action<MicetroOptions>? configure = null)
    {
        var directory = new TemporaryDirectory();
        var clock = new ManualClock();
        var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions { BusySeconds = 1 }, TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton<IStore>(store);
        services.AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]));
        services.AddSingleton(new StoreOptions());
        services.AddSingleton(new PasswordOptions { Rounds = 1, MinimumLength = 1 });
        services.AddSingleton(new ThrottleOptions());
        services.AddKeyedSingleton<IUpstream, FailingUpstream>(MicetroDialect.Id);
        services.AddGatehouse().AddMicetro(configure);

        // No CallerLegMiddleware: an application without it has no trusted proxies.
        var app = builder.Build();
        app.UseMiddleware<FaultMiddleware>();
        app.UseMiddleware<RequestTargetMiddleware>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapMicetro();
        await app.StartAsync();
        await app.Services.GetRequiredService<AccountAdministration>().AddAsync("alice", MicetroServers.Password, [], [], CancellationToken.None);
        return new MicetroApplication(directory, app, clock);
    }

    public Task<WireAnswer> SendAsync(string method, string target, string? body = null, params string[] headers) =>
        WireClient.ExchangeAsync(new Uri(_app.Urls.Single()), Wire.Text(method, target, body, headers));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>The echo, unless the request says otherwise.</summary>
    private sealed class FailingUpstream : IUpstream
    {
        private readonly EchoUpstream _echo = new();

        public async ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
        {
            switch (context.Request.Headers["X-Upstream"].ToString())
            {
                case "throws":
                    throw new InvalidOperationException("a bug, with /etc/secrets in its message");
                case "unreachable":
                    return ForwardOutcome.Unreachable;
                case "body":
                    using (var reader = new StreamReader(context.Request.Body))
                    {
                        await context.Response.WriteAsync(await reader.ReadToEndAsync());
                    }

                    return ForwardOutcome.Answered;
                default:
                    return await _echo.ForwardAsync(context, identity, headTimeout);
            }
        }
    }
}
