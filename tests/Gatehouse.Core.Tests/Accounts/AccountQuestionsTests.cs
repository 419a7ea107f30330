using Gatehouse.Core.Accounts;
using Gatehouse.Core.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Accounts;

public sealed class AccountQuestionsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [Contract("HTT-72", "HTT-73")]
    [InlineData("local", "Alice", true)]
    [InlineData("local", " Alice\u00a0", true)]
    [InlineData("local", "alice", false)]
    [InlineData("local", "Alic", false)]
    [InlineData("directory", "alice", true)]
    [InlineData("directory", "bob", false)]
    public void A_local_account_is_called_by_its_exact_name_only(string authority, string typed, bool isCalled)
    {
        var account = new Account { Id = 1, Name = "Alice", Key = CanonicalName.KeyOf("Alice"), Authority = authority };
        CanonicalName.TryRead(typed, out var name).ShouldBeTrue();

        account.IsCalled(name).ShouldBe(isCalled);
    }

    [Fact]
    [Contract("HTT-94")]
    public void Lock_wait_is_what_is_left_or_an_hour_where_no_end_is_set()
    {
        var account = new Account { Id = 1, Name = "a", Key = "a" };

        account.LockWait(Noon).ShouldBe(TimeSpan.Zero);
        (account with { LockedUntil = Noon }).LockWait(Noon).ShouldBe(TimeSpan.Zero);
        (account with { LockedUntil = Noon.AddSeconds(7) }).LockWait(Noon).ShouldBe(TimeSpan.FromSeconds(7));
        (account with { LockedUntil = DateTimeOffset.MaxValue }).LockWait(Noon).ShouldBe(TimeSpan.FromHours(1));
    }
}
