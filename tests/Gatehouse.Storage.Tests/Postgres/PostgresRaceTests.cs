using Gatehouse.Core;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Npgsql;
using Shouldly;
using static Gatehouse.Storage.Tests.Postgres.PostgresTestStores;

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>What happens at the same moment on several nodes: one of them is stopped in the middle by a transaction that the test holds open.</summary>
public sealed class PostgresRaceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Contract("HTT-103", "HTT-104")]
    public async Task Cut_off_waits_for_a_sign_in_that_began_before_and_its_number_is_higher(bool ofAll)
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var account = await AddAccountAsync(store);

        // A sign-in that has checked the account, has drawn its number, and stands still.
        await using var signIn = await stores.ConnectAsync();
        await using var transaction = await signIn.BeginTransactionAsync();
        await ScalarAsync<object>(signIn, "SELECT pg_advisory_xact_lock_shared(1195463749, 2)::text");
        await ScalarAsync<long>(signIn, $"SELECT id FROM account WHERE id = {account.Id} FOR SHARE");
        var number = await ScalarAsync<long>(signIn, "SELECT nextval('sign_in_order')");

        var cutOff = store.Sessions.CutOffAsync(ofAll ? null : account.Id, Event(), default).AsTask();
        await using var other = await stores.ConnectAsync();
        await UntilWaitingAsync(other);
        cutOff.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();

        (await cutOff).ShouldBeTrue();
        (ofAll ? await store.Sessions.GetCutOffAsync(default) : (await store.Accounts.LoadAsync(account.Id, default))!.CutOff).ShouldBeGreaterThan(number);
    }

    [Theory]
    [InlineData("UPDATE account SET enabled = false WHERE id = {0}", SessionAdmission.AccountChanged)]
    [InlineData("UPDATE account SET password_version = password_version + 1 WHERE id = {0}", SessionAdmission.AccountChanged)]
    [InlineData("DELETE FROM account WHERE id = {0}", SessionAdmission.AccountChanged)]
    [InlineData("UPDATE account SET cutoff = nextval('sign_in_order') WHERE id = {0}", SessionAdmission.Added)]
    [Contract("HTT-102")]
    public async Task Sign_in_waits_for_a_change_of_its_account_and_sees_it(string change, SessionAdmission expected)
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        await using var operation = await stores.ConnectAsync();
        await using var transaction = await operation.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(string.Format(System.Globalization.CultureInfo.InvariantCulture, change, account.Id), operation))
        {
            await command.ExecuteNonQueryAsync();
        }

        var signIn = store.Sessions.AddAsync(stores.NewSession(account), new SessionConditions { PasswordVersion = account.PasswordVersion }, _ => Event(), default).AsTask();
        await using var other = await stores.ConnectAsync();
        await UntilWaitingAsync(other);
        await transaction.CommitAsync();

        var (outcome, session, _) = await signIn;
        outcome.ShouldBe(expected);
        if (expected == SessionAdmission.Added)
        {
            session.Sequence.ShouldBeGreaterThan((await store.Accounts.LoadAsync(account.Id, default))!.CutOff);
        }
    }

    [Fact]
    [Contract("HTT-102", "HTT-103", "HTT-104")]
    public async Task Whatever_was_issued_before_a_cut_off_began_is_dead_after_it()
    {
        await using var stores = await CreateAsync();
        var (one, other) = (stores.Open(), stores.Open());
        var account = await AddAccountAsync(one);
        var issued = new System.Collections.Concurrent.ConcurrentBag<Session>();
        using var stop = new CancellationTokenSource();
        var signIns = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                issued.Add(await stores.SignInAsync(i % 2 == 0 ? one : other, account));
            }
        })).ToArray();

        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(20);
            var before = issued.ToArray();
            await other.Sessions.CutOffAsync(i % 2 == 0 ? account.Id : null, Event(), default);
            var live = await one.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, stores.Clock.GetUtcNow(), default);
            live.Select(listed => listed.Session.Id).Intersect(before.Select(session => session.Id)).ShouldBeEmpty();
        }

        var after = await stores.SignInAsync(one, account);
        await stop.CancelAsync();
        await Task.WhenAll(signIns);
        (await one.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, stores.Clock.GetUtcNow(), default)).Select(listed => listed.Session.Id).ShouldContain(after.Id);
        issued.Select(session => session.Sequence).Distinct().Count().ShouldBe(issued.Count);
    }

    [Fact]
    [Contract("HTT-102", "HTT-111")]
    public async Task Revocation_of_a_family_ends_what_a_refresh_at_the_same_moment_adds()
    {
        await using var stores = await CreateAsync();
        var (one, other) = (stores.Open(), stores.Open());
        var account = await AddAccountAsync(one);
        for (var i = 0; i < 25; i++)
        {
            var family = PublicId.New(stores.Clock.GetUtcNow());
            var (access, refresh) = (stores.NewSession(account) with { Family = family }, stores.NewSession(account) with { Family = family, Kind = SessionKind.Refresh });
            await one.Sessions.AddFamilyAsync([access, refresh], new SessionConditions(), _ => Event(), default);
            var now = stores.Clock.GetUtcNow();
            Session[] next = [stores.NewSession(account) with { Family = family }, stores.NewSession(account) with { Family = family, Kind = SessionKind.Refresh }];

            var rotation = Task.Run(async () => await one.Sessions.RotateAsync(new Rotation(refresh.Token, next, [1], now, TimeSpan.FromSeconds(30)), _ => Event(), default));
            var end = Task.Run(async () => i % 2 == 0
                ? await other.Sessions.EndAsync(access.Id, now, Event(), default)
                : await other.Sessions.EndAsync(new SessionFilter { AccountId = account.Id }, now, Event(), default));
            await Task.WhenAll(rotation, end);

            (await one.Sessions.ListAsync(new SessionFilter { AccountId = account.Id }, now, default)).ShouldBeEmpty($"round {i}: {(await rotation).Outcome}");
        }
    }

    [Fact]
    [Contract("HTT-157")]
    public async Task End_waits_for_a_session_that_is_being_made_from_it_and_takes_it_along()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        var parent = await stores.SignInAsync(store, account);
        var child = stores.NewSession(account);

        // An exchange that has found the parent alive, has added its session, and stands still.
        await using var exchange = await stores.ConnectAsync();
        await using var transaction = await exchange.BeginTransactionAsync();
        await ScalarAsync<byte[]>(exchange, $"SELECT id FROM session WHERE token = '\\x{Hex(parent.Token)}' FOR SHARE");
        await ScalarAsync<long>(
            exchange,
            $"""
            INSERT INTO session (id, token, kind, account_id, sequence, issued, last_used, retention, parent)
            SELECT '\x{Convert.ToHexString(child.Id.ToByteArray())}', '\x{Hex(child.Token)}', kind, account_id, nextval('sign_in_order'), issued, last_used, retention, token
            FROM session WHERE token = '\x{Hex(parent.Token)}' RETURNING sequence
            """);

        var end = store.Sessions.EndAsync(parent.Id, stores.Clock.GetUtcNow(), Event(), default).AsTask();
        await using var other = await stores.ConnectAsync();
        await UntilWaitingAsync(other);
        end.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();

        (await end).ShouldBe([parent.Token, child.Token]);
        (await store.Sessions.FindAsync(child.Token, default)).ShouldNotBeNull().Ended.ShouldNotBeNull();
    }

    [Fact]
    [Contract("HTT-157")]
    public async Task Session_that_is_made_from_another_one_waits_for_whoever_ends_that_and_is_not_listed()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        var parent = await stores.SignInAsync(store, account);
        await using var ending = await stores.ConnectAsync();
        await using var transaction = await ending.BeginTransactionAsync();
        await ScalarAsync<byte[]>(ending, $"UPDATE session SET ended = issued WHERE token = '\\x{Hex(parent.Token)}' RETURNING id");

        var add = store.Sessions.AddAsync(stores.NewSession(account) with { Parent = parent.Token }, new SessionConditions(), _ => Event(), default).AsTask();
        await using var other = await stores.ConnectAsync();
        await UntilWaitingAsync(other);
        await transaction.CommitAsync();

        (await add).Outcome.ShouldBe(SessionAdmission.Added);
        (await store.Sessions.ListAsync(new SessionFilter(), stores.Clock.GetUtcNow(), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Feed_shows_nothing_that_an_earlier_entry_may_still_precede()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        var account = await AddAccountAsync(store);
        var start = await store.Changes.GetLatestAsync(default);

        // A node that has drawn the next number of the feed and has not committed.
        await using var slow = await stores.ConnectAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await ScalarAsync<object>(slow, "SELECT pg_advisory_xact_lock(1195463749, 3)::text");
        var early = await ScalarAsync<long>(slow, "INSERT INTO change (kind, subject, time) VALUES (3, '', 0) RETURNING number");

        var late = store.Sessions.CutOffAsync(account.Id, Event(), default).AsTask();
        await using var other = await stores.ConnectAsync();
        await UntilWaitingAsync(other);
        (await store.Changes.ReadAsync(start, default)).ShouldNotBeNull().ShouldBeEmpty();
        late.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();
        await late;

        var read = (await store.Changes.ReadAsync(start, default)).ShouldNotBeNull();
        read.Select(change => change.Number).ShouldBe([early, read[^1].Number]);
        read.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Reader_who_follows_misses_no_entry_of_many_writers()
    {
        await using var stores = await CreateAsync();
        var (one, other) = (stores.Open(), stores.Open());
        var account = await AddAccountAsync(one);
        var start = await one.Changes.GetLatestAsync(default);
        var writing = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var n = 0; n < 25; n++)
            {
                var session = await stores.SignInAsync(i % 2 == 0 ? one : other, account);
                await (n % 2 == 0 ? one : other).Sessions.EndAsync(session.Id, stores.Clock.GetUtcNow(), Event(), default);
            }
        })).ToArray();
        var followed = new List<Change>();
        var done = Task.WhenAll(writing);
        while (followed.Count < 200 && !(done.IsCompleted && followed.Count == 200))
        {
            var last = done.IsCompleted;
            followed.AddRange((await other.Changes.ReadAsync(followed.Count == 0 ? start : followed[^1].Number, default)).ShouldNotBeNull());
            if (last)
            {
                break;
            }

            await other.Changes.WaitAsync(TimeSpan.FromMilliseconds(100), default);
        }

        await done;
        followed.AddRange((await other.Changes.ReadAsync(followed[^1].Number, default)).ShouldNotBeNull());
        followed.Count.ShouldBe(200);
        followed.ShouldBe((await one.Changes.ReadAsync(start, default)).ShouldNotBeNull());
    }

    [Fact]
    public async Task Reader_who_is_ahead_of_the_feed_is_told_to_forget_everything()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();

        (await store.Changes.ReadAsync(await store.Changes.GetLatestAsync(default) + 1, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Wake_up_comes_long_before_the_poll()
    {
        await using var stores = await CreateAsync();
        var (one, other) = (stores.Open(), stores.Open());
        var account = await AddAccountAsync(one);
        await using var raw = await stores.ConnectAsync();
        await other.Changes.WaitAsync(TimeSpan.FromSeconds(20), default);
        var waiting = other.Changes.WaitAsync(TimeSpan.FromDays(1), default).AsTask();

        await one.Sessions.CutOffAsync(account.Id, Event(), default);

        await waiting.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Same_token_on_two_nodes_at_once_is_one_session()
    {
        await using var stores = await CreateAsync();
        var (one, other) = (stores.Open(), stores.Open());
        var (alice, bob) = (await AddAccountAsync(one), await AddAccountAsync(one, "bob"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            (await (i % 2 == 0 ? one : other).Sessions.AddAsync(stores.NewSession(i % 2 == 0 ? alice : bob, "the same"), new SessionConditions(), _ => Event(), default)).Outcome)));

        outcomes.Count(outcome => outcome == SessionAdmission.Added).ShouldBe(1);
        outcomes.Count(outcome => outcome == SessionAdmission.TokenTaken).ShouldBe(7);
    }

    [Fact]
    public async Task Audit_follower_misses_no_event_that_commits_late()
    {
        await using var stores = await CreateAsync();
        var store = stores.Open();
        await store.Audit.AppendAsync([Event("first")], default);
        var first = (await store.Audit.ReadAsync(0, null, 10, default)).ShouldHaveSingleItem();
        await using var slow = await stores.ConnectAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await ScalarAsync<long>(slow, "INSERT INTO audit (time, event, outcome) VALUES (1777636800000, 'late', 'accepted') RETURNING number");
        await store.Audit.AppendAsync([Event("early")], default);

        (await store.Audit.ReadAsync(first.Number, null, 10, default)).ShouldBeEmpty();
        await transaction.CommitAsync();

        (await store.Audit.ReadAsync(first.Number, null, 10, default)).Select(audit => audit.Event).ShouldBe(["late", "early"]);
    }

    private static string Hex(TokenHash token) => Convert.ToHexString(token.ToByteArray());
}
