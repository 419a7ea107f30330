using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Client.Tests;

/// <summary>An upstream that misbehaves to order: AR System's paths over real sockets, each answer the test's.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    public const string LoginPath = "/api/jwt/login";
    private readonly WebApplication _app;
    private int _logins;

    private ScriptedUpstream(WebApplication app) => _app = app;

    /// <summary>Answers a login; default a new token without claims.</summary>
    public Func<HttpContext, int, Task> Login { get; set; } = (context, number) => context.Response.WriteAsync($"token-{number}");

    /// <summary>Answers a call; default 200.</summary>
    public RequestDelegate Call { get; set; } = context => context.Response.WriteAsync("ok");

    public int Logins => Volatile.Read(ref _logins);

    /// <summary>Path and Authorization of every request but logins.</summary>
    public ConcurrentQueue<(string Path, string Authorization)> Seen { get; } = [];

    public Uri Address => new(_app.Urls.Single());

    public static async Task<ScriptedUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var upstream = new ScriptedUpstream(builder.Build());
        upstream._app.Run(upstream.AnswerAsync);
        await upstream._app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == LoginPath)
        {
            return Login(context, Interlocked.Increment(ref _logins));
        }

        Seen.Enqueue((context.Request.Path, context.Request.Headers.Authorization.ToString()));
        return Call(context);
    }
}
