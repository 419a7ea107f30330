using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>Families of tokens some of which have idled out or were replaced, and the end of all of them.</summary>
public sealed class SqliteFamilyTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualClock _clock = new();
    private SqliteStore _store = null!;
    private long _account;

    private DateTimeOffset Now => _clock.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        _store = new SqliteStore(_directory.File("gatehouse.db"), new StoreOptions(), _clock);
        await _store.MigrateAsync(default);
        _account = (await _store.Accounts.AddAsync(new NewAccount("alice", "alice", Account.LocalAuthority, null, Roles.None, []), Audit(), default))!.Id;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    [Contract("OI-55")]
    public async Task End_of_an_idle_session_is_noted()
    {
        var (access, _) = await BeginAsync();
        _clock.Advance(Idle);

        (await _store.Sessions.EndAsync(access.Id, Now, Audit(), default)).ShouldContain(access.Token);

        (await FindAsync(access)).Ended.ShouldBe(Now);
    }

    [Fact]
    [Contract("OI-58", "OI-59")]
    public async Task Rotation_ends_an_access_token_that_idled_out()
    {
        var (access, refresh) = await BeginAsync();
        _clock.Advance(Idle);

        (await UseAsync(refresh, Next(refresh))).Ended.ShouldBe([access.Token]);

        (await FindAsync(access)).Ended.ShouldBe(Now);
    }

    [Fact]
    [Contract("OI-108")]
    public async Task End_by_the_id_of_a_replaced_token_ends_the_family()
    {
        var (access, refresh) = await BeginAsync();
        var (nextAccess, nextRefresh) = Next(refresh);
        await UseAsync(refresh, (nextAccess, nextRefresh));

        var ended = await _store.Sessions.EndAsync(access.Id, Now, Audit(), default);

        ended.ShouldBe([refresh.Token, nextAccess.Token, nextRefresh.Token], ignoreOrder: true);
        (await _store.Sessions.EndAsync(access.Id, Now, Audit(), default)).ShouldBeEmpty();
    }

    [Fact]
    [Contract("OI-51")]
    public async Task Purge_leaves_an_idle_session_alone_until_it_expires()
    {
        var (access, _) = await BeginAsync();
        _clock.Advance(TimeSpan.FromDays(2));

        await _store.Sessions.PurgeAsync(Now, 100, default);

        (await FindAsync(access)).Ended.ShouldBeNull();
    }

    [Fact]
    [Contract("OI-62")]
    public async Task Without_grace_a_second_use_is_reuse_also_when_its_clock_was_read_first()
    {
        var (_, refresh) = await BeginAsync();
        await UseAsync(refresh, Next(refresh), TimeSpan.Zero);

        var second = await UseAsync(refresh, Next(refresh), TimeSpan.Zero, Now.AddMilliseconds(-1));

        second.Outcome.ShouldBe(RotationOutcome.Reused);
    }

    [Fact]
    [Contract("OI-43")]
    public async Task Numbers_are_given_once_by_counter_whoever_asks()
    {
        await using var other = new SqliteStore(_directory.File("gatehouse.db"), new StoreOptions(), _clock);

        (await _store.ReserveAsync("a", 10, default)).ShouldBe(1);
        (await other.ReserveAsync("a", 5, default)).ShouldBe(11);
        (await _store.ReserveAsync("a", 1, default)).ShouldBe(16);
        (await _store.ReserveAsync("b", 1, default)).ShouldBe(1);
    }

    private static AuditEvent Audit() => new() { Time = DateTimeOffset.UnixEpoch, Event = AuditEvents.Refresh, Outcome = AuditOutcomes.Accepted };

    private async Task<Session> FindAsync(Session session) => (await _store.Sessions.FindAsync(session.Token, default)).ShouldNotBeNull();

    private async Task<(Session Access, Session Refresh)> BeginAsync()
    {
        var family = Make(PublicId.New(Now));
        (await _store.Sessions.AddFamilyAsync([family.Access, family.Refresh], new SessionConditions(), _ => Audit(), default)).ShouldBe(SessionAdmission.Added);
        return family;
    }

    private (Session Access, Session Refresh) Next(Session refresh) => Make(refresh.Family!.Value);

    private (Session Access, Session Refresh) Make(PublicId family)
    {
        var access = new Session
        {
            Id = PublicId.New(Now),
            Token = TokenHash.Of(Guid.NewGuid().ToString()),
            Kind = SessionKind.Session,
            AccountId = _account,
            Issued = Now,
            LastUsed = Now,
            Expires = Now.AddDays(30),
            IdleTimeout = Idle,
            Family = family,
        };
        return (access, access with { Id = PublicId.New(Now), Token = TokenHash.Of(Guid.NewGuid().ToString()), Kind = SessionKind.Refresh, IdleTimeout = null });
    }

    private async Task<RotationResult> UseAsync(Session used, (Session Access, Session Refresh) next, TimeSpan? grace = null, DateTimeOffset? now = null) =>
        await _store.Sessions.RotateAsync(
            new Rotation(used.Token, [next.Access, next.Refresh], [1], now ?? Now, grace ?? TimeSpan.FromSeconds(30)), _ => Audit(), default);
}
