using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Gateway.Tests.Support;

/// <summary>A gate without dialects: everybody is let in as <see cref="Alice"/>, every path is forwarded.</summary>
internal sealed class TestGate : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TestGate(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Urls.First());
    }

    public static Identity Alice { get; } = new()
    {
        User = "alice",
        Dialect = "test",
        Method = "bearer",
        Tenant = "T1",
        Scope = "tenant",
        Tenants = ImmutableArray.Create("T1", "T2"),
        Impersonator = "boss",
        Session = PublicId.New(TimeProvider.System.GetUtcNow()),
    };

    public Uri Address { get; }

    /// <summary>What came of the requests so far.</summary>
    public List<ForwardOutcome> Outcomes { get; } = [];

    public static Task<TestGate> ToAsync(RecordingUpstream upstream, Action<Setup>? configure = null) => ToAsync(upstream.Address, configure);

    public static async Task<TestGate> ToAsync(Uri upstream, Action<Setup>? configure = null)
    {
        var setup = new Setup();
        configure?.Invoke(setup);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // As the program does (KestrelSetup).
            kestrel.AddServerHeader = false;
            kestrel.AllowHostHeaderOverride = true;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = setup.Protocols);
        });
        builder.Services.AddSingleton(setup.Proxies).AddLogging();
        builder.Services.AddForwarding(setup.Options);
        setup.Transforms.ForEach(transform => builder.Services.AddSingleton(transform));
        builder.Services.AddUpstream("test", upstream.ToString());
        var application = builder.Build();
        application.UseMiddleware<FaultMiddleware>();
        application.UseMiddleware<CallerLegMiddleware>();
        application.UseMiddleware<RequestTargetMiddleware>();
        TestGate? gate = null;
        application.Run(async context =>
        {
            setup.Before?.Invoke(context);
            var outcome = await context.RequestServices.GetRequiredKeyedService<IUpstream>("test").ForwardAsync(context, setup.Identity, setup.HeadTimeout);
            lock (gate!.Outcomes)
            {
                gate.Outcomes.Add(outcome);
            }

            if (outcome != ForwardOutcome.Answered)
            {
                context.Response.StatusCode = outcome == ForwardOutcome.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
                await context.Response.WriteAsync(outcome.ToString());
            }
        });
        await application.StartAsync();
        return gate = new TestGate(application);
    }

    public Task<WireAnswer> SendAsync(string request) => WireClient.ExchangeAsync(Address, request);

    /// <summary>A GET with header lines.</summary>
    public Task<WireAnswer> GetAsync(string target = "/x", params string[] headers) => SendAsync(Request("GET", target, headers));

    public Task<WireClient> ConnectAsync() => WireClient.ConnectAsync(Address);

    public static string Request(string method, string target, IEnumerable<string> headers, string? body = null)
    {
        var head = $"{method} {target} HTTP/1.1\r\nHost: gate.example\r\n{string.Concat(headers.Select(header => header + "\r\n"))}";
        return body is null ? head + "\r\n" : $"{head}Content-Length: {body.Length}\r\n\r\n{body}";
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    /// <summary>What a test changes.</summary>
    internal sealed class Setup
    {
        public GatewayOptions Options { get; } = new();

        public Identity Identity { get; set; } = Alice;

        public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(30);

        public TrustedProxies Proxies { get; } = new();

        public List<IRequestTransform> Transforms { get; } = [];

        public Action<HttpContext>? Before { get; set; }

        public HttpProtocols Protocols { get; set; } = HttpProtocols.Http1;
    }
}
