using System.Collections.Immutable;
using System.Security.Claims;
using System.Security.Cryptography;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.ProactiveNet;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

/// <summary>The dialect as an ordinary authentication scheme in somebody else's application, on a clock that the test moves.</summary>
public sealed class ElsewhereTests
{
    private const string Name = "pn-elsewhere";

    [Fact]
    [Contract("PN-31", "PN-32", "PN-35", "PN-49", "PN-110")]
    public async Task Token_lives_a_day_to_the_second_and_is_remembered_for_thirty()
    {
        var clock = new ManualClock(new DateTimeOffset(2026, 5, 1, 12, 0, 0, 700, TimeSpan.Zero));
        await using var elsewhere = await Elsewhere.StartAsync(clock, new EchoOfHeaders());

        var login = await elsewhere.SendAsync(Post(LoginPath, Fields(Name, Password)));
        login.Status.ShouldBe(200, login.Text);
        login.Text.ShouldContain("\"expires\":\"2026-05-02T12:00:00\"");
        login.Text.ShouldContain("\"responseTimeStamp\":\"2026-05-01T12:00:00\"");
        var token = TokenOf(login);
        var call = Get("/mine", $"Authorization: authtoken {token}");
        (await elsewhere.SendAsync(call)).Text.ShouldBe(Name);
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(701));
        (await elsewhere.SendAsync(call)).Text.ShouldBe(Name);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        ShouldBeRefused(await elsewhere.SendAsync(call));

        clock.Advance(TimeSpan.FromDays(30));
        await elsewhere.Store.Sessions.PurgeAsync(clock.GetUtcNow(), 100, default);
        (await elsewhere.Store.Sessions.FindAsync(TokenHash.Of(token), default)).ShouldNotBeNull();
        ShouldBeRefused(await elsewhere.SendAsync(call));
        clock.Advance(TimeSpan.FromSeconds(1));
        await elsewhere.Store.Sessions.PurgeAsync(clock.GetUtcNow(), 100, default);
        (await elsewhere.Store.Sessions.FindAsync(TokenHash.Of(token), default)).ShouldBeNull();
    }

    [Fact]
    [Contract("PN-127", "PN-128")]
    public async Task Upstream_gets_no_credential_and_its_silence_is_502()
    {
        var upstream = new EchoOfHeaders();
        await using var elsewhere = await Elsewhere.StartAsync(new ManualClock(), upstream);
        var token = TokenOf(await elsewhere.SendAsync(Post(LoginPath, Fields(Name, Password))));

        (await elsewhere.SendAsync(Get(DevicePath + "?tenantName=*&a=%20", $"Authorization: authtoken {token}", "authToken: other", "X-Kept: 1"))).Status.ShouldBe(200);
        (await elsewhere.SendAsync(Get("/tsws/x", $"authToken: {token}", "X-Kept: 1"))).Status.ShouldBe(200);
        upstream.Seen.Count.ShouldBe(2);
        upstream.Seen.ShouldAllBe(headers => headers.Contains("X-Kept") && !headers.Contains("Authorization", StringComparer.OrdinalIgnoreCase) && !headers.Contains("authToken", StringComparer.OrdinalIgnoreCase));
        upstream.Query.ShouldBe("?tenantName=*&a=%20");

        foreach (var outcome in new[] { ForwardOutcome.Unreachable, ForwardOutcome.TimedOut })
        {
            upstream.Outcome = outcome;
            ShouldBeError(await elsewhere.SendAsync(Get(DevicePath, $"Authorization: authtoken {token}")), 502, "Bad Gateway");
        }
    }

    [Fact]
    [Contract("PN-106")]
    public async Task Fault_of_ours_refuses_in_the_envelope()
    {
        var upstream = new EchoOfHeaders();
        await using var elsewhere = await Elsewhere.StartAsync(new ManualClock(), upstream);
        var token = TokenOf(await elsewhere.SendAsync(Post(LoginPath, Fields(Name, Password))));
        upstream.Outcome = (ForwardOutcome)99;
        ShouldBeError(await elsewhere.SendAsync(Get(DevicePath, $"Authorization: authtoken {token}")), 500, "Internal Server Error");
    }

    /// <summary>Notes what it is sent.</summary>
    private sealed class EchoOfHeaders : IUpstream
    {
        public ForwardOutcome Outcome { get; set; } = ForwardOutcome.Answered;

        public List<List<string>> Seen { get; } = [];

        public string? Query { get; private set; }

        public ValueTask<ForwardOutcome> ForwardAsync(HttpContext context, Identity identity, TimeSpan headTimeout)
        {
            if (!Enum.IsDefined(Outcome))
            {
                throw new InvalidOperationException("secret detail");
            }

            Seen.Add([.. context.Request.Headers.Keys]);
            Query ??= context.Request.QueryString.Value;
            return ValueTask.FromResult(Outcome);
        }
    }

    private sealed class Elsewhere(WebApplication app, SqliteStore store, TemporaryDirectory directory, MasterKey key) : IAsyncDisposable
    {
        public SqliteStore Store => store;

        public static async Task<Elsewhere> StartAsync(ManualClock clock, IUpstream upstream)
        {
            var directory = new TemporaryDirectory();
            var store = new SqliteStore(directory.File("gatehouse.db"), new StoreOptions(), clock);
            await store.MigrateAsync(default);
            var made = new AuditEvent { Time = clock.GetUtcNow(), Event = AuditEvents.AccountAdd, Outcome = AuditOutcomes.Accepted };
            await store.Accounts.AddAsync(new NewAccount(Name, Name, Account.LocalAuthority, PasswordHash.Create(Password, 210_000), Roles.None, ImmutableArray<long>.Empty), made, default);

            var key = new MasterKey(RandomNumberGenerator.GetBytes(32));
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddSingleton<IStore>(store);
            builder.Services.AddSingleton(key);
            builder.Services.AddSingleton(new StoreOptions());
            builder.Services.AddSingleton(new PasswordOptions());
            builder.Services.AddSingleton(new ThrottleOptions());
            builder.Services.AddKeyedSingleton(ProactiveNetDialect.Id, upstream);
            builder.Services.AddGatehouse().AddProactiveNet();
            var app = builder.Build();
            app.UseMiddleware<FaultMiddleware>();
            app.UseAuthentication();
            app.UseAuthorization();
            app.MapProactiveNet();
            app.MapGet("/mine", (ClaimsPrincipal user) => user.Identity!.Name).RequireAuthorization(new AuthorizationPolicyBuilder(ProactiveNetDialect.Id).RequireAuthenticatedUser().Build());
            await app.StartAsync();
            return new Elsewhere(app, store, directory, key);
        }

        public Task<WireAnswer> SendAsync(string request) => WireClient.ExchangeAsync(new Uri(app.Urls.First()), request);

        public async ValueTask DisposeAsync()
        {
            using var now = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
            await store.DisposeAsync();
            key.Dispose();
            directory.Dispose();
        }
    }
}
