using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;

namespace Gatehouse.Core.Tests;

public sealed class GatehouseCoreTests
{
    [Fact]
    public async Task Core_is_complete_and_starts_and_stops()
    {
        await using var state = new TestStore();
        await using var provider = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IStore>(await state.OpenAsync())
            .AddSingleton(new MasterKey(new byte[SealingKey.ByteLength]))
            .AddSingleton(new StoreOptions())
            .AddSingleton(new PasswordOptions())
            .AddSingleton(new ThrottleOptions())
            .AddGatehouseCore()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        var hosted = provider.GetServices<IHostedService>().ToList();
        foreach (var service in hosted)
        {
            await service.StartAsync(default);
        }

        provider.GetRequiredService<PasswordSignIn>().ShouldNotBeNull();
        provider.GetRequiredService<SessionAdministration>().ShouldNotBeNull();
        (await provider.GetRequiredService<SessionRegistry>().CheckAsync(TokenHash.Of("unknown"), default)).State.ShouldBe(SessionState.Unknown);
        foreach (var service in hosted.AsEnumerable().Reverse())
        {
            await service.StopAsync(default);
        }
    }

    [Fact]
    public async Task Administration_needs_nothing_but_store_and_passwords()
    {
        await using var state = new TestStore();
        await using var provider = new ServiceCollection()
            .AddSingleton<IStore>(await state.OpenAsync())
            .AddSingleton(new PasswordOptions { Rounds = 1000 })
            .AddGatehouseAdministration()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });

        (await provider.GetRequiredService<AccountAdministration>().AddAsync("alice", Node.Password, [], [], default)).IsDone.ShouldBeTrue();

        provider.GetServices<IHostedService>().ShouldBeEmpty();
    }
}
