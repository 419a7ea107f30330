using System.Text;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Gatehouse.Core.Tests.Sessions;

public sealed class RefreshFamiliesTests : IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly TestStore _state = new();
    private Node _node = null!;
    private Account _account = null!;

    public async ValueTask InitializeAsync()
    {
        _node = new Node(await _state.OpenAsync(), _state.Clock);
        await _node.CatchUpAsync();
        _account = await _node.AddAccountAsync();
        (await _node.Families.BeginAsync(Tokens("1", PublicId.New(_node.Now)), new SessionConditions(), _ => _node.Event(AuditEvents.SignIn), default)).ShouldBe(SessionAdmission.Added);
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task First_use_answers_with_the_given_tokens_and_ends_the_access_token_here_at_once()
    {
        (await _node.StateOfAsync("access-1")).ShouldBe(SessionState.Live);

        (await UseAsync("1", "2")).ShouldBe((RotationOutcome.Rotated, "access-2 refresh-2"));

        (await _node.StateOfAsync("access-1")).ShouldBe(SessionState.Ended);
        (await _node.StateOfAsync("access-2")).ShouldBe(SessionState.Live);
    }

    [Fact]
    [Contract("HTT-110")]
    public async Task Use_again_within_the_grace_answers_with_the_tokens_of_the_first_use()
    {
        await UseAsync("1", "2");
        _state.Clock.Advance(Grace - TimeSpan.FromMilliseconds(1));

        (await UseAsync("1", "3")).ShouldBe((RotationOutcome.Repeated, "access-2 refresh-2"));
    }

    [Fact]
    [Contract("HTT-110")]
    public async Task Uses_at_once_all_get_the_same_tokens()
    {
        var answers = await Task.WhenAll(Enumerable.Range(2, 10).Select(i => Task.Run(() => UseAsync("1", $"{i}"))));

        answers.Select(answer => answer.Answer).Distinct().Count().ShouldBe(1);
        answers.Count(answer => answer.Outcome == RotationOutcome.Rotated).ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-111")]
    public async Task Use_after_the_grace_ends_the_family_here_at_once()
    {
        await UseAsync("1", "2");
        (await _node.StateOfAsync("access-2")).ShouldBe(SessionState.Live);
        _state.Clock.Advance(Grace);
        await _node.CatchUpAsync();

        (await UseAsync("1", "3")).ShouldBe((RotationOutcome.Reused, null));

        (await _node.StateOfAsync("access-2")).ShouldBe(SessionState.Ended);
        (await UseAsync("2", "4")).ShouldBe((RotationOutcome.Refused, null));
    }

    [Fact]
    [Contract("HTT-102")]
    public async Task Use_after_the_account_was_disabled_is_refused()
    {
        await _node.AccountAdministration.DisableAsync("alice", default);

        (await UseAsync("1", "2")).ShouldBe((RotationOutcome.Refused, null));
    }

    [Fact]
    [Contract("HTT-107")]
    public async Task Sealed_successor_opens_only_with_its_predecessor()
    {
        await UseAsync("1", "2");

        var kept = await SealedAsync();

        Encoding.Latin1.GetString(kept).ShouldNotContain("refresh-2");
        var answer = Encoding.UTF8.GetBytes("access-3 refresh-3");
        var stranger = new Rotation(TokenHash.Of("refresh-1"), Tokens("3", PublicId.New(_node.Now)), answer, _node.Now, Grace);
        (await _node.Store.Sessions.RotateAsync(stranger, _ => _node.Event(AuditEvents.Refresh), default)).Sealed.ShouldBe(kept, "who knows the hash gets the box only");
        (await UseAsync("1", "4")).Answer.ShouldBe("access-2 refresh-2");
    }

    [Fact]
    [Contract("HTT-112")]
    public async Task Use_that_the_store_does_not_confirm_spends_nothing()
    {
        _node.Watch.IsAway = call => call == "ISessionStore.RotateAsync";
        await Should.ThrowAsync<StoreUnavailableException>(() => UseAsync("1", "2"));
        _node.Watch.IsAway = _ => false;

        (await UseAsync("1", "3")).ShouldBe((RotationOutcome.Rotated, "access-3 refresh-3"));
    }

    private async Task<(RotationOutcome Outcome, string? Answer)> UseAsync(string shown, string next)
    {
        var family = (await _node.Store.Sessions.FindAsync(TokenHash.Of($"refresh-{shown}"), default)).ShouldNotBeNull().Family;
        var (outcome, answer) = await _node.Families.UseAsync(
            $"refresh-{shown}", Tokens(next, family), Encoding.UTF8.GetBytes($"access-{next} refresh-{next}"), Grace, _ => _node.Event(AuditEvents.Refresh), default);
        return (outcome, answer is null ? null : Encoding.UTF8.GetString(answer));
    }

    private Session[] Tokens(string number, PublicId? family) =>
    [
        _node.NewSession(_account, $"access-{number}", SessionKind.OAuthAccess) with { Family = family },
        _node.NewSession(_account, $"refresh-{number}", SessionKind.Refresh) with { Family = family },
    ];

    private async Task<byte[]> SealedAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={_state.File};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT sealed FROM rotation";
        return (byte[])(await command.ExecuteScalarAsync()).ShouldNotBeNull();
    }
}
