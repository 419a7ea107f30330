using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Changes;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tenants;
using Gatehouse.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Core.Tests.Support;

/// <summary>The identity core on a store, put together as a server does, without anything running in the background.</summary>
internal sealed class Node : IDisposable
{
    public const string Password = "correct horse battery";

    private readonly HashingLane _lane;
    private readonly MasterKey _master = new(new byte[SealingKey.ByteLength]);

    public Node(IStore inner, ManualClock clock, ThrottleOptions? throttle = null, PasswordOptions? passwords = null, IPasswordAuthority? authority = null, IReadOnlyList<IExternalAuthority>? external = null, AuthorityOptions? authorities = null)
    {
        passwords ??= new PasswordOptions { Rounds = 1000 };
        Watch = new StoreWatch(inner);
        Clock = clock;
        Options = passwords;
        _lane = new HashingLane(passwords);
        Accounts = new AccountDirectory(Store);
        Tenants = new TenantDirectory(Store);
        Health = new FeedHealth(new StoreOptions(), clock);
        Sessions = new SessionRegistry(Store, Accounts, Health, clock, NullLogger<SessionRegistry>.Instance);
        Audit = new AuditTrail(Store, clock, NullLogger<AuditTrail>.Instance);
        Desk = new SessionDesk(Store, Sessions, Audit, clock);
        Families = new RefreshFamilies(Store, Sessions, Audit, clock);
        var keys = new KeyRings([], Store, _master, clock, NullLogger<KeyRing>.Instance);
        Follower = new ChangeFollower(Store, Health, Accounts, Tenants, Sessions, keys, clock, NullLogger<ChangeFollower>.Instance);
        Verified = new VerifiedPasswords(passwords, clock);
        Throttle = new GuessThrottle(Store, new GuessRules(throttle ?? new ThrottleOptions()), clock);
        var externals = new ExternalAccounts(Store, Accounts, clock, NullLogger<ExternalAccounts>.Instance);
        var offline = new OfflineVerifier(Store, _lane, passwords, clock);
        var order = new AuthorityOrder([authority ?? new LocalAuthority(Store, _lane, passwords), .. external ?? []], authorities ?? new AuthorityOptions());
        SignIn = new PasswordSignIn(
            Store, order, externals, offline, Accounts, Sessions, Throttle, Verified, Audit, clock, NullLogger<PasswordSignIn>.Instance);
        AccountAdministration = new AccountAdministration(Store, new PasswordPolicy(passwords), passwords, clock);
        TenantAdministration = new TenantAdministration(Store, clock);
        SessionAdministration = new SessionAdministration(Store, AccountAdministration, clock);
    }

    public StoreWatch Watch { get; }

    public IStore Store => Watch.Store;

    public ManualClock Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public PasswordOptions Options { get; }

    public AccountDirectory Accounts { get; }

    public TenantDirectory Tenants { get; }

    public FeedHealth Health { get; }

    public SessionRegistry Sessions { get; }

    public AuditTrail Audit { get; }

    public SessionDesk Desk { get; }

    public RefreshFamilies Families { get; }

    public ChangeFollower Follower { get; }

    public VerifiedPasswords Verified { get; }

    public GuessThrottle Throttle { get; }

    public PasswordSignIn SignIn { get; }

    public AccountAdministration AccountAdministration { get; }

    public TenantAdministration TenantAdministration { get; }

    public SessionAdministration SessionAdministration { get; }

    public async Task<Account> AddAccountAsync(string name = "alice", string? password = Password, params string[] tenants)
    {
        (await AccountAdministration.AddAsync(name, password, tenants, [], default)).Refusal.ShouldBeNull();
        return (await AccountAdministration.FindAsync(name, default)).ShouldNotBeNull();
    }

    public Session NewSession(Account account, string token, SessionKind kind = SessionKind.Session) => new()
    {
        Id = PublicId.New(Now),
        Token = TokenHash.Of(token),
        Kind = kind,
        AccountId = account.Id,
        Dialect = "ar-system",
        Issued = Now,
        LastUsed = Now,
        Retention = TimeSpan.FromHours(1),
    };

    public async Task<Session> IssueAsync(Session session)
    {
        (await Desk.IssueAsync(session, new SessionConditions(), _ => Event(AuditEvents.SignIn), default)).ShouldBe(SessionAdmission.Added);
        return session;
    }

    public async Task<SessionState> StateOfAsync(string token) => (await Sessions.CheckAsync(TokenHash.Of(token), default)).State;

    public Task CatchUpAsync() => Follower.CatchUpAsync(default).AsTask();

    public Task<PasswordVerdict> TryAsync(string name, string password = Password, string source = "192.0.2.7") =>
        SignIn.CheckAsync(new PasswordAttempt(name, password, IPAddress.Parse(source)), default).AsTask();

    public AuditEvent Event(string name, string? reason = null) => new() { Time = Now, Event = name, Outcome = AuditOutcomes.Accepted, Reason = reason };

    public async Task<IReadOnlyList<AuditEvent>> ReadAuditAsync() => await Store.Audit.ReadAsync(0, null, int.MaxValue, default);

    public void Dispose()
    {
        _lane.Dispose();
        _master.Dispose();
        Follower.Dispose();
        Audit.Dispose();
    }
}
