using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>Sessions that were made from others, or issued to a client: they go when what they hang on goes.</summary>
public abstract class DerivedSessionConformance(StoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Find_brings_parent_and_client_back()
    {
        var account = await AddAccountAsync();
        var parent = await AddSessionAsync(NewSession(account));
        var child = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = parent.Token, ClientId = account.Id });

        var found = (await Store.Sessions.FindAsync(child.Token, default)).ShouldNotBeNull();

        (found.Parent, found.ClientId).ShouldBe((parent.Token, account.Id));
        (await Store.Sessions.FindAsync(parent.Token, default)).ShouldNotBeNull().Parent.ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-157")]
    public async Task End_takes_what_was_made_from_it_down_the_whole_chain_and_announces_each()
    {
        var account = await AddAccountAsync();
        var parent = await AddSessionAsync(NewSession(account));
        var child = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = parent.Token });
        var sibling = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = parent.Token });
        var grandchild = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = child.Token });
        var other = await AddSessionAsync(NewSession(account));
        IReadOnlyList<TokenHash> ended = [];

        var announced = await AnnouncedByAsync(async () => ended = await Store.Sessions.EndAsync(parent.Id, Now, Event(), default));

        ended.ShouldBe([parent.Token, child.Token, sibling.Token, grandchild.Token], ignoreOrder: true);
        announced.Select(change => change.Subject).ShouldBe([Subject(parent), Subject(child), Subject(sibling), Subject(grandchild)], ignoreOrder: true);
        (await LiveIdsAsync()).ShouldBe([other.Id]);
    }

    [Fact]
    public async Task End_of_a_child_leaves_its_parent_alone()
    {
        var account = await AddAccountAsync();
        var parent = await AddSessionAsync(NewSession(account));
        var child = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = parent.Token });

        (await Store.Sessions.EndAsync(child.Id, Now, Event(), default)).ShouldBe([child.Token]);

        (await LiveIdsAsync()).ShouldBe([parent.Id]);
    }

    [Fact]
    [Contract("HTT-111")]
    public async Task Reuse_of_a_refresh_token_ends_what_was_made_from_the_familys_access_token()
    {
        var account = await AddAccountAsync();
        var family = PublicId.New(Now);
        await AddSessionAsync(NewSession(account, "refresh", SessionKind.Refresh) with { Family = family });
        var access = NewSession(account, "access", SessionKind.OAuthAccess) with { Family = family };
        await RotateAsync(access, NewSession(account, "next", SessionKind.Refresh) with { Family = family });
        var made = await AddSessionAsync(NewSession(account, "made", SessionKind.OAuthAccess) with { Parent = access.Token });

        var reused = await RotateAsync(NewSession(account, "other", SessionKind.OAuthAccess) with { Family = family }, NewSession(account, "more", SessionKind.Refresh) with { Family = family });

        reused.Outcome.ShouldBe(RotationOutcome.Reused);
        reused.Ended.ShouldContain(made.Token);
        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-164")]
    public async Task End_by_filter_on_one_id_leaves_the_rest_of_the_family()
    {
        var account = await AddAccountAsync();
        var family = PublicId.New(Now);
        var access = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Family = family });
        var refresh = await AddSessionAsync(NewSession(account, kind: SessionKind.Refresh) with { Family = family });

        (await Store.Sessions.EndAsync(new SessionFilter { Id = access.Id }, Now, Event(), default)).ShouldBe([access.Token]);

        (await LiveIdsAsync()).ShouldBe([refresh.Id]);
    }

    [Fact]
    public async Task List_leaves_out_what_hangs_on_something_that_is_over()
    {
        var (account, client) = (await AddAccountAsync(), await AddAccountAsync("client"));
        var idle = await AddSessionAsync(NewSession(account) with { IdleTimeout = TimeSpan.FromMinutes(1) });
        var child = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = idle.Token });
        await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = child.Token });
        await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { Parent = TokenHash.Of("nobody's") });
        var issued = await AddSessionAsync(NewSession(account, kind: SessionKind.OAuthAccess) with { ClientId = client.Id });
        (await LiveIdsAsync()).Count.ShouldBe(4);

        Clock.Advance(TimeSpan.FromMinutes(1));
        (await LiveIdsAsync()).ShouldBe([issued.Id]);

        await Store.Sessions.CutOffAsync(client.Id, Event(), default);
        (await LiveIdsAsync()).ShouldBeEmpty();
    }

    private async Task<RotationResult> RotateAsync(params Session[] successors) => await Store.Sessions.RotateAsync(
        new Rotation(TokenHash.Of("refresh"), successors, [1], Now, TimeSpan.Zero), _ => Event(), default);
}
