using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OAuth;

/// <summary>A lock at every door of the face that starts or prolongs access.</summary>
public sealed class LockTests(OAuthGates gates)
{
    [Fact]
    [Contract("HTT-89", "HTT-94", "HTT-95", "HTT-137", "ATK-11")]
    public async Task A_locked_user_neither_signs_in_nor_refreshes_nor_exchanges_and_loses_nothing()
    {
        var gate = await gates.Locking;
        await gate.AddAsync("locked-user");
        var session = (await gate.Inner.SignInAsync("locked-user")).Tkn;
        var api = await gate.Inner.IssueAsync("locked-user");
        var signedIn = await gate.SignInAsync("locked-user");
        var (access, refresh) = (OAuthGate.Member(signedIn, "access_token"), OAuthGate.Member(signedIn, "refresh_token"));
        var fromApi = await gate.ExchangeAsync(api);
        for (var i = 0; i < 3; i++)
        {
            OAuthGate.ShouldBe(await gate.SignInAsync("locked-user", password: $"wrong {i}"), 400, "invalid_grant");
        }

        foreach (var answer in new[]
        {
            await gate.SignInAsync("locked-user"), await gate.RefreshAsync(refresh), await gate.TryExchangeAsync(session), await gate.TryExchangeAsync(api), await gate.TryExchangeAsync(access),
        })
        {
            OAuthGate.ShouldBe(answer, 429, "temporarily_unavailable");
            answer.Header("Retry-After").ShouldBe("3600");
        }

        await OiGate.EventuallyAsync(async () => !await gate.IsActiveAsync(api));
        (await gate.IsActiveAsync(fromApi)).ShouldBeFalse();
        (await gate.IsActiveAsync(session)).ShouldBeTrue();
        (await gate.IsActiveAsync(access)).ShouldBeTrue();

        (await gate.Inner.Accounts.UnlockAsync("locked-user", default)).IsDone.ShouldBeTrue();
        await OiGate.EventuallyAsync(async () => await gate.IsActiveAsync(api));
        (await gate.IsActiveAsync(fromApi)).ShouldBeTrue();
        (await gate.TryExchangeAsync(session)).Status.ShouldBe(200);
        (await gate.RefreshAsync(refresh)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("HTT-88", "HTT-94", "HTT-143", "ATK-11")]
    public async Task A_locked_client_is_told_to_wait_at_every_endpoint()
    {
        var gate = await gates.Locking;
        await gate.AddAsync("locked-client", Core.Accounts.Roles.Client);
        for (var i = 0; i < 3; i++)
        {
            OAuthGate.ShouldBe(await gate.SendAsync(OAuthRequests.Raw("introspect", OAuthRequests.Basic("locked-client", $"wrong {i}"), "token=x")), 401, "invalid_client");
        }

        foreach (var endpoint in new[] { "token", "introspect", "revoke" })
        {
            var answer = await gate.PostAsync(endpoint, "locked-client", ("grant_type", "client_credentials"), ("token", "x"));
            OAuthGate.ShouldBe(answer, 429, "temporarily_unavailable");
            answer.Header("Retry-After").ShouldBe("3600");
        }
    }
}
