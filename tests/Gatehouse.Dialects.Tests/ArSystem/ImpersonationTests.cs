using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Shouldly;

namespace Gatehouse.Dialects.Tests.ArSystem;

public sealed class ImpersonationTests
{
    [Fact]
    [Contract("ARS-103", "ATK-2")]
    public void Whatever_stands_in_the_header_it_is_nobody_or_exactly_the_one_named() =>
        Prop.ForAll(Gen.OneOf(ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""), ArbMap.Default.GeneratorFor<byte[]>().Select(Convert.ToBase64String)).ToArbitrary(), value =>
        {
            var (target, error) = Resolve(Roles.Administrator, value);
            return error is { Status: 400 } || (target is not null && Convert.ToBase64String(Encoding.UTF8.GetBytes(target.Name)) == value) || error is { Number: 612 };
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    [Contract("ARS-99", "ATK-2")]
    public void Without_the_right_nobody_is_ever_impersonated() =>
        Prop.ForAll<string?>(value => Resolve(Roles.Client | Roles.Global, Convert.ToBase64String(Encoding.UTF8.GetBytes(value ?? "x"))).Target is null).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Asks a store in which every name is an account.</summary>
    private static (Account? Target, ArSystemError? Error) Resolve(Roles roles, string header)
    {
        var accounts = Substitute.For<IAccountStore>();
        var context = new DefaultHttpContext();
        context.Request.Headers["X-AR-Impersonated-User"] = header;
        var name = TryDecode(header);
        accounts.FindAsync(Arg.Any<string>(), Arg.Any<CancellationToken>()).Returns(call => new(new AccountWithPassword(new Account { Id = 2, Name = name, Key = call.Arg<string>() }, null)));
        var store = Substitute.For<IStore>();
        store.Accounts.Returns(accounts);
        var session = new Session { Id = PublicId.New(TimeProvider.System.GetUtcNow()), Token = TokenHash.Of("x"), Kind = SessionKind.Session, AccountId = 1, Issued = TimeProvider.System.GetUtcNow() };
        using var audit = new AuditTrail(store, TimeProvider.System, NullLogger<AuditTrail>.Instance);
        var caller = new ArSystemCaller(LiveOf(session), new Account { Id = 1, Name = "caller", Key = "caller", Roles = roles }, false, RoleNames.Effective(roles));

        var resolved = new Impersonation(store, audit, TimeProvider.System).ResolveAsync(context, caller);

        resolved.IsCompleted.ShouldBeTrue();
        return resolved.GetAwaiter().GetResult();
    }

    private static string TryDecode(string header)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(header));
        }
        catch (FormatException)
        {
            return "";
        }
    }

    private static LiveSession LiveOf(Session session)
    {
        var store = Substitute.For<IStore>();
        var registry = new SessionRegistry(store, new AccountDirectory(store), new Core.Changes.FeedHealth(new StoreOptions(), TimeProvider.System), TimeProvider.System, NullLogger<SessionRegistry>.Instance);
        store.Sessions.FindAsync(session.Token, Arg.Any<CancellationToken>()).Returns(new ValueTask<Session?>(session));
        store.Accounts.LoadAsync(1, Arg.Any<CancellationToken>()).Returns(new ValueTask<Account?>(new Account { Id = 1, Name = "caller", Key = "caller" }));
        return registry.CheckAsync(session.Token, CancellationToken.None).AsTask().GetAwaiter().GetResult().Live!;
    }
}
