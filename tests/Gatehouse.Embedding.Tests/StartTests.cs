using Gatehouse.Core;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Dialects;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Gatehouse.Embedding.Tests;

/// <summary>Start, restart, and faults in the configuration.</summary>
public sealed class StartTests
{
    [Fact]
    [Contract("ARS-39")]
    public async Task Restart_keeps_accounts_sessions_and_keys()
    {
        using var directory = new TemporaryDirectory();
        string token;
        await using (var first = await OrdersApplication.StartAsync(directory.Path))
        {
            await first.AddAsync("alice", []);
            token = await first.SignInAsync("alice");
        }

        await using var second = await OrdersApplication.StartAsync(directory.Path);

        (await second.GetAsync("/orders", token)).Text.ShouldBe("orders for alice");
        (await second.LoginAsync("alice")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ATK-84")]
    public async Task Key_and_directory_are_their_owners_only()
    {
        using var directory = new TemporaryDirectory();
        await using var app = await OrdersApplication.StartAsync(directory.Path);
        var data = directory.File("data");

        File.GetUnixFileMode(data).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(Path.Combine(data, "master.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    [Contract("HTT-185")]
    public async Task Faults_in_the_configuration_are_reported_all_at_once()
    {
        using var directory = new TemporaryDirectory();

        var exception = await Should.ThrowAsync<OptionsValidationException>(() => OrdersApplication.StartAsync(
            directory.Path,
            ("Gatehouse:Dialects:ArSystem:TokenLifetimeSeconds", "0"),
            ("Gatehouse:Dialects:Micetro:PreferencesFile", "/no/such/file"),
            ("Gatehouse:Throttle:LockAfter", "many")));

        exception.Failures.Select(fault => fault.Split(": ")[0]).ShouldBe(
            ["Gatehouse:Throttle:LockAfter", "Gatehouse:Dialects:ArSystem:TokenLifetimeSeconds", "Gatehouse:Dialects:Micetro:PreferencesFile"]);
    }

    [Fact]
    [Contract("ARS-37")]
    public async Task Options_come_from_their_section()
    {
        using var directory = new TemporaryDirectory();
        await using var app = await OrdersApplication.StartAsync(directory.Path, ("Gatehouse:Dialects:ArSystem:TokenLifetimeSeconds", "77"));

        app.Service<ArSystemOptions>().TokenLifetimeSeconds.ShouldBe(77);
    }

    [Fact]
    public async Task Accounts_can_be_made_before_the_start_and_a_key_given_in_code()
    {
        using var directory = new TemporaryDirectory();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]));
        builder.Services.AddGatehouse().UseSqlite(directory.File("gatehouse.db")).AddArSystem(options => options.AllowHttp = true);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();

        await app.Services.PrepareGatehouseAsync();
        var added = await app.Services.GetRequiredService<AccountAdministration>().AddAsync("alice", OrdersApplication.Password, [], [], CancellationToken.None);

        added.Refusal.ShouldBeNull();
        File.Exists(directory.File("master.key")).ShouldBeFalse();
    }
}
