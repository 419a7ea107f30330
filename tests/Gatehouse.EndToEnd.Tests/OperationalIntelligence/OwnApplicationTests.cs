using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Long lives on a clock that is moved, and an upstream that misbehaves.</summary>
public sealed class OwnApplicationTests
{
    [Fact]
    [Contract("OI-50", "OI-51", "OI-52", "OI-46")]
    public async Task Idle_time_out_runs_from_the_last_use_until_the_absolute_end()
    {
        await using var application = await OwnApplication.StartAsync(_ => { });
        var tokens = await application.SignInAsync();
        for (var passed = 0; passed + 1_799 < 86_400; passed += 1_799)
        {
            application.Pass(1_799);
            (await application.CallAsync(tokens)).ShouldBe("ok");
        }

        var idle = await application.SignInAsync();
        application.Pass(1_800);
        (await application.CallAsync(tokens)).ShouldBe("invalid-token", "used, but at its absolute end");
        (await application.CallAsync(idle)).ShouldBe("idle-timeout");

        application.Pass(86_400 - 1_801);
        (await application.CallAsync(idle)).ShouldBe("idle-timeout");
        application.Pass(1);
        (await application.CallAsync(idle)).ShouldBe("invalid-token");
    }

    [Fact]
    [Contract("OI-53", "OI-59", "OI-64", "HTT-109")]
    public async Task Refresh_moves_no_end()
    {
        await using var application = await OwnApplication.StartAsync(options =>
        {
            options.IdleTimeoutSeconds = 1_000;
            options.MaxLifetimeSeconds = 2_000;
            options.RefreshLifetimeSeconds = 5_000;
        });
        var tokens = await application.SignInAsync();
        application.Pass(2_500);
        (await application.CallAsync(tokens)).ShouldBe("invalid-token");
        tokens = (await application.RefreshAsync(tokens)).ShouldNotBeNull();
        application.Pass(2_499);
        tokens = (await application.RefreshAsync(tokens)).ShouldNotBeNull();
        (await application.CallAsync(tokens)).ShouldBe("ok");

        application.Pass(1);

        (await application.CallAsync(tokens)).ShouldBe("invalid-token");
        (await application.RefreshAsync(tokens)).ShouldBeNull();
    }

    [Fact]
    [Contract("OI-53", "OI-64")]
    public async Task Access_token_may_outlive_the_last_refresh_but_not_its_own_end()
    {
        await using var application = await OwnApplication.StartAsync(options =>
        {
            options.IdleTimeoutSeconds = 1_000;
            options.MaxLifetimeSeconds = 3_000;
            options.RefreshLifetimeSeconds = 1_000;
        });
        var tokens = await application.SignInAsync();
        application.Pass(999);
        tokens = (await application.RefreshAsync(tokens)).ShouldNotBeNull();
        application.Pass(999);
        (await application.RefreshAsync(tokens)).ShouldBeNull();
        (await application.CallAsync(tokens)).ShouldBe("ok");
        application.Pass(999);
        (await application.CallAsync(tokens)).ShouldBe("ok");
        application.Pass(3);
        (await application.CallAsync(tokens)).ShouldBe("invalid-token");
    }

    [Theory]
    [Contract("OI-60", "OI-61", "OI-126", "HTT-110", "HTT-111")]
    [InlineData(300, 299, true)]
    [InlineData(300, 300, false)]
    [InlineData(0, 0, false)]
    public async Task Grace_ends_at_its_second(int grace, int passed, bool repeated)
    {
        await using var application = await OwnApplication.StartAsync(options => options.RefreshGraceSeconds = grace);
        var first = await application.SignInAsync();
        var second = (await application.RefreshAsync(first)).ShouldNotBeNull();
        application.Pass(passed);

        (await application.RefreshAsync(first))?.Rtkn.ShouldBe(second.Rtkn);

        (await application.CallAsync(second)).ShouldBe(repeated ? "ok" : "invalid-token");
        (await application.RefreshAsync(second) is not null).ShouldBe(repeated);
    }

    [Fact]
    [Contract("OI-98", "OI-134", "OI-103", "OI-105", "HTT-35", "HTT-38", "ATK-76")]
    public async Task Upstream_that_fails_is_answered_in_the_dialects_shape()
    {
        await using var application = await OwnApplication.StartAsync(options => options.CorsOrigins = ["https://portal.example.com"]);
        var tokens = await application.SignInAsync();
        const string Origin = "Origin: https://portal.example.com";

        var failed = await application.CallAsync(tokens, "fail", Origin);
        TokenRequestTests.Fault(failed, 500, "internal-error", "Internal error");
        failed.Header("X-Half").ShouldBeNull();
        failed.Header("Access-Control-Allow-Origin").ShouldBe("https://portal.example.com");
        TokenRequestTests.Fault(await application.CallAsync(tokens, "vanish"), 502, "bad-gateway", "Bad gateway");
        TokenRequestTests.Fault(await application.CallAsync(tokens, "stall"), 502, "bad-gateway", "Bad gateway");

        var cors = await application.CallAsync(tokens, "cors", Origin);
        cors.Header("Access-Control-Allow-Origin").ShouldBe("https://portal.example.com");
        cors.Header("Access-Control-Allow-Credentials").ShouldBeNull();
        string.Join(", ", cors.All("Vary")).ShouldBe("Accept-Encoding, Origin");
    }
}
