using System.Collections.Concurrent;
using System.Net;
using Gatehouse.Client.ArSystem;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>Named and typed clients in a container.</summary>
public sealed class RegistrationTests : IAsyncLifetime
{
    private ScriptedUpstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await ScriptedUpstream.StartAsync();

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task Clients_of_one_name_share_a_session_and_the_container_ends_it()
    {
        var services = new ServiceCollection();
        services.AddArSystemClient("remedy", Configure).SetHandlerLifetime(TimeSpan.FromSeconds(1));
        await using (var provider = services.BuildServiceProvider())
        {
            var factory = provider.GetRequiredService<IHttpClientFactory>();
            for (var round = 0; round < 2; round++)
            {
                (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => factory.CreateClient("remedy").GetAsync("x")))).ShouldAllBe(answer => answer.IsSuccessStatusCode);

                // The factory makes new handlers meanwhile; the session is not theirs.
                await Task.Delay(1_200);
            }

            _upstream.Logins.ShouldBe(1);
        }

        _upstream.Seen.Last().ShouldBe(("/api/jwt/logout", "AR-JWT token-1"));
    }

    [Fact]
    public async Task Typed_clients_of_two_names_have_a_session_each()
    {
        var services = new ServiceCollection();
        services.AddHttpClient<Reader>().AddArSystemSignIn(Configure);
        services.AddHttpClient<Writer>().AddArSystemSignIn(Configure);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<Reader>().Client.GetAsync("r");
        await provider.GetRequiredService<Writer>().Client.GetAsync("w");
        await provider.GetRequiredService<Reader>().Client.GetAsync("r");

        _upstream.Seen.ShouldBe([("/r", "AR-JWT token-1"), ("/w", "AR-JWT token-2"), ("/r", "AR-JWT token-1")]);
    }

    [Fact]
    public async Task Credential_is_a_service_for_who_forwards_by_other_means()
    {
        var services = new ServiceCollection();
        services.AddArSystemClient("remedy", Configure);
        await using var provider = services.BuildServiceProvider();
        var credential = provider.GetRequiredKeyedService<SignedInCredential>("remedy");

        var first = await credential.GetAsync(default);
        credential.Refused(first).ShouldBeTrue();
        var second = await credential.GetAsync(default);

        (first.Authorization.ToString(), second.Authorization.ToString()).ShouldBe(("AR-JWT token-1", "AR-JWT token-2"));
    }

    [Fact]
    public async Task Faults_in_options_keep_the_host_from_starting()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddArSystemClient("remedy", options => options.Name = "connector");
        builder.Services.AddArSystemClient("good", Configure);
        using var host = builder.Build();

        var exception = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        exception.Failures.Count().ShouldBe(2);
        exception.Failures.ShouldAllBe(fault => fault.StartsWith("Client 'remedy': "));
    }

    [Fact]
    public async Task Log_at_its_most_talkative_holds_no_secret()
    {
        var log = new Capture();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddArSystemClient("remedy", Configure);
        _upstream.Call = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        };
        await using (var provider = services.BuildServiceProvider())
        {
            (await provider.GetRequiredService<IHttpClientFactory>().CreateClient("remedy").GetAsync("x")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var text = string.Join('\n', log.Lines);
        text.ShouldContain("/api/jwt/login");
        text.ShouldContain("Authorization");
        text.ShouldNotContain("token-");
        text.ShouldNotContain("the password of this test");
    }

    [Fact]
    public async Task Container_that_is_disposed_of_synchronously_does_not_throw()
    {
        var services = new ServiceCollection();
        services.AddArSystemClient("remedy", Configure);
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IHttpClientFactory>().CreateClient("remedy").GetAsync("x");

        Should.NotThrow(provider.Dispose);
    }

    private void Configure(ArSystemClientOptions options)
    {
        var good = FaultTests.Options(_upstream.Address);
        (options.Address, options.AllowHttp, options.Name, options.Password) = (good.Address, good.AllowHttp, good.Name, good.Password);
    }

    private sealed class Reader(HttpClient client)
    {
        public HttpClient Client { get; } = client;
    }

    private sealed class Writer(HttpClient client)
    {
        public HttpClient Client { get; } = client;
    }

    private sealed class Capture : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {state} {exception}");
    }
}
