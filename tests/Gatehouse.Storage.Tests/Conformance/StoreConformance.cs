using System.Collections.Immutable;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Conformance;

/// <summary>What the conformance tests of all stores share: one open node, and the things that they put into it.</summary>
public abstract class StoreConformance(StoreHarness harness) : IAsyncLifetime
{
    protected const string Dialect = "ar-system";

    protected ManualClock Clock => harness.Clock;

    protected DateTimeOffset Now => Clock.GetUtcNow();

    protected IStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await harness.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A second node on the same state.</summary>
    protected ValueTask<IStore> OpenAnotherAsync() => harness.OpenAsync();

    /// <summary>Stops all nodes and starts one again.</summary>
    protected async ValueTask RestartAsync()
    {
        await harness.CloseAllAsync();
        Store = await harness.OpenAsync();
    }

    protected AuditEvent Event(string name = AuditEvents.AccountChange, string? reason = null) =>
        new() { Time = Now, Event = name, Outcome = AuditOutcomes.Accepted, Reason = reason };

    protected AuditEvent Admitted(SessionAdmission outcome) => Event(AuditEvents.SignIn, outcome.ToString());

    protected static NewAccount NewAccount(string name, string? passwordHash = "hash-1", Roles roles = Roles.None, params ImmutableArray<long> tenants) =>
        new(name.Normalize(), CanonicalName.KeyOf(name), Account.LocalAuthority, passwordHash, roles, tenants);

    protected async ValueTask<Account> AddAccountAsync(string name = "alice", string? passwordHash = "hash-1", Roles roles = Roles.None, params ImmutableArray<long> tenants) =>
        (await Store.Accounts.AddAsync(NewAccount(name, passwordHash, roles, tenants), Event(AuditEvents.AccountAdd), default)).ShouldNotBeNull();

    protected async ValueTask<Account> LoadAsync(Account account) => (await Store.Accounts.LoadAsync(account.Id, default)).ShouldNotBeNull();

    protected async ValueTask<Tenant> AddTenantAsync(string name) =>
        (await Store.Tenants.AddAsync(name, CanonicalName.KeyOf(name), "id of " + name, hidden: false, Event(AuditEvents.TenantAdd), default)).ShouldNotBeNull();

    protected Session NewSession(Account account, string? token = null, SessionKind kind = SessionKind.Session) => new()
    {
        Id = PublicId.New(Now),
        Token = TokenHash.Of(token ?? Guid.NewGuid().ToString()),
        Kind = kind,
        AccountId = account.Id,
        Dialect = Dialect,
        Issued = Now,
        LastUsed = Now,
        Expires = Now.AddHours(8),
        Retention = TimeSpan.FromHours(1),
    };

    protected async ValueTask<SessionAdmission> TryAddAsync(Session session, SessionConditions? conditions = null, IStore? node = null) =>
        (await (node ?? Store).Sessions.AddAsync(session, conditions ?? new SessionConditions(), Admitted, default)).Outcome;

    protected async ValueTask<Session> AddSessionAsync(Session session)
    {
        var (outcome, added, _) = await Store.Sessions.AddAsync(session, new SessionConditions(), Admitted, default);
        outcome.ShouldBe(SessionAdmission.Added);
        return added;
    }

    protected async ValueTask<IReadOnlyList<PublicId>> LiveIdsAsync(SessionFilter? filter = null, IStore? node = null) =>
        [.. (await (node ?? Store).Sessions.ListAsync(filter ?? new SessionFilter(), Now, default)).Select(listed => listed.Session.Id)];

    protected async ValueTask<IReadOnlyList<AuditEvent>> AuditAsync() => await Store.Audit.ReadAsync(0, null, int.MaxValue, default);

    /// <summary>What a piece of work adds to the feed.</summary>
    protected async ValueTask<IReadOnlyList<(ChangeKind Kind, string Subject)>> AnnouncedByAsync(Func<Task> work)
    {
        var before = await Store.Changes.GetLatestAsync(default);
        await work();
        return [.. (await Store.Changes.ReadAsync(before, default)).ShouldNotBeNull().Select(change => (change.Kind, change.Subject))];
    }

    /// <summary>Events that a piece of work adds to the audit.</summary>
    protected async ValueTask<IReadOnlyList<AuditEvent>> AuditedByAsync(Func<Task> work)
    {
        var before = (await AuditAsync()).Count;
        await work();
        return [.. (await AuditAsync()).Skip(before)];
    }

    /// <summary>Starts pieces of work at the same moment, on threads of their own.</summary>
    protected static async Task<T[]> AtOnceAsync<T>(int count, Func<int, Task<T>> work)
    {
        using var start = new SemaphoreSlim(0);
        var running = Enumerable.Range(0, count).Select(i => Task.Run(async () =>
        {
            await start.WaitAsync();
            return await work(i);
        })).ToArray();
        start.Release(count);
        return await Task.WhenAll(running);
    }

    protected static string Subject(Account account) => account.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    protected static string Subject(Session session) => Convert.ToHexString(session.Token.ToByteArray());
}
