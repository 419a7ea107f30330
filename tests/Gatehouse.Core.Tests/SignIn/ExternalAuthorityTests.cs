using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>Whom a name means, and who answers for it, where directories stand beside the local accounts.</summary>
public sealed class ExternalAuthorityTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private readonly TestDirectory _corp = new("corp", "CORP", "corp.example");
    private readonly TestDirectory _partner = new("partner", "PARTNER");
    private readonly AuthorityOptions _order = new();
    private Node _node = null!;

    public async ValueTask InitializeAsync()
    {
        _corp.Add("alice", new ExternalPerson("alice") { Id = "corp-1", Tenants = ["north", "nowhere"], Roles = Roles.Global });
        _corp.Add("Alice.Smith", new ExternalPerson("alice") { Id = "corp-1", Tenants = ["north"], Roles = Roles.Global });
        _partner.Add("bob", new ExternalPerson("bob"), "the password of bob");
        _order.Tenants["south"] = ["partner", "local"];
        await OpenAsync();
        (await _node.TenantAdministration.AddAsync("north", null, hidden: false, default)).Refusal.ShouldBeNull();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Fact]
    public async Task First_sign_in_makes_the_account_with_what_the_directory_says()
    {
        var account = AccountOf(await _node.TryAsync("alice"));

        (account.Name, account.Authority, account.ExternalId, account.Roles).ShouldBe(("alice", "corp", "corp-1", Roles.Global));
        account.Memberships.ShouldHaveSingleItem().Name.ShouldBe("north");
        (await _node.ReadAuditAsync()).ShouldContain(row => row.Event == AuditEvents.AccountAdd && row.Account == "alice" && row.Reason == "corp");
    }

    [Fact]
    public async Task Each_sign_in_takes_over_what_changed_in_the_directory()
    {
        await _node.TryAsync("alice");
        _corp.Add("alice", new ExternalPerson("alice") { Id = "corp-1" });
        _node.Clock.Advance(TimeSpan.FromMinutes(2));

        var account = AccountOf(await _node.TryAsync("alice"));

        (account.Roles, account.Memberships.Length).ShouldBe((Roles.None, 0));
        (await _node.Accounts.ReadAsync(_node.Accounts.EntryOf(account.Id), default)).ShouldNotBeNull().Roles.ShouldBe(Roles.None);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("ALICE")]
    [InlineData(" alice ")]
    [InlineData("CORP\\alice")]
    [InlineData("corp\\Alice")]
    [InlineData("alice@corp.example")]
    [InlineData("alice@CORP.EXAMPLE")]
    [InlineData("Alice.Smith")]
    [InlineData("alice.smith@corp.example")]
    [Contract("HTT-72", "ATK-8")]
    public async Task Every_spelling_is_one_account_and_one_count(string typed)
    {
        AccountOf(await _node.TryAsync(typed)).Name.ShouldBe("alice");

        await _node.TryAsync(typed, "wrong password");

        (await _node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default)).Account.Count.ShouldBe(1);
        (await _node.Store.Accounts.ListAsync(default)).Count.ShouldBe(1);
    }

    [Fact]
    [Contract("ATK-8")]
    public async Task Guesses_over_all_spellings_of_a_name_without_account_share_one_limit()
    {
        string[] spellings = ["alice", "CORP\\alice", "Alice.Smith", "alice@corp.example", "ALICE"];
        for (var i = 0; i < 10; i++)
        {
            (await _node.TryAsync(spellings[i % spellings.Length], $"wrong {i}")).ShouldBeOfType<PasswordVerdict.Refused>();
        }

        foreach (var spelling in spellings)
        {
            (await _node.TryAsync(spelling)).ShouldBeOfType<PasswordVerdict.Throttled>();
        }

        _corp.Checks.ShouldBe(10);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("ADMIN")]
    [InlineData("CORP\\admin")]
    [InlineData("admin@corp.example")]
    [Contract("ATK-4", "ATK-74")]
    public async Task Local_account_is_answered_for_by_nobody_else(string typed)
    {
        await _node.AddAccountAsync("admin");
        _corp.Add("admin", new ExternalPerson("admin"), "the directory's password");

        (await _node.TryAsync(typed, "the directory's password")).ShouldBeOfType<PasswordVerdict.Refused>();

        (_corp.Checks, _corp.Searches).ShouldBe((0, 0));
    }

    [Fact]
    [Contract("ATK-4")]
    public async Task Person_whose_account_name_is_a_local_one_is_refused_unasked()
    {
        await _node.AddAccountAsync("admin");
        _corp.Add("boss", new ExternalPerson("admin"), "the directory's password");

        ReasonOf(await _node.TryAsync("boss", "the directory's password")).ShouldBe(AuditReasons.ForeignDomain);

        _corp.Checks.ShouldBe(0);
    }

    [Fact]
    [Contract("ATK-4", "ATK-18")]
    public async Task Account_of_one_directory_is_not_answered_for_by_another()
    {
        await _node.TryAsync("alice");
        _partner.Add("alice", new ExternalPerson("alice"), "the partner's password");

        (await _node.TryAsync("alice", "the partner's password")).ShouldBeOfType<PasswordVerdict.Refused>();
        (await _node.TryAsync("PARTNER\\alice", "the partner's password")).ShouldBeOfType<PasswordVerdict.Refused>();

        _partner.Checks.ShouldBe(0);
    }

    [Fact]
    public async Task Name_with_a_strange_domain_is_a_name_like_any_other()
    {
        await _node.AddAccountAsync("OTHER\\alice");

        AccountOf(await _node.TryAsync("OTHER\\alice")).Authority.ShouldBe(Account.LocalAuthority);
        ReasonOf(await _node.TryAsync("STRANGE\\alice")).ShouldBe(AuditReasons.UnknownAccount);
    }

    [Fact]
    [Contract("HTT-99", "ATK-70")]
    public async Task Directory_that_cannot_be_asked_is_no_refusal_and_no_guess()
    {
        await _node.TryAsync("alice");
        _node.Clock.Advance(TimeSpan.FromMinutes(2));
        _corp.IsAway = true;

        (await _node.TryAsync("alice", "wrong")).ShouldBeOfType<PasswordVerdict.Unavailable>();
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Unavailable>();
        (await _node.TryAsync("somebody else")).ShouldBeOfType<PasswordVerdict.Unavailable>();

        var (account, source) = await _node.Store.Guesses.ReadAsync("alice", "192.0.2.7", default);
        (account.Count, source.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Second_directory_claims_no_name_while_the_first_cannot_be_asked()
    {
        _corp.IsAway = true;

        (await _node.TryAsync("bob", "the password of bob")).ShouldBeOfType<PasswordVerdict.Unavailable>();
        _corp.IsAway = false;
        AccountOf(await _node.TryAsync("bob", "the password of bob")).Authority.ShouldBe("partner");
    }

    [Fact]
    public async Task Local_accounts_go_on_while_the_directories_are_away()
    {
        await _node.AddAccountAsync("admin");
        (_corp.IsAway, _partner.IsAway) = (true, true);

        AccountOf(await _node.TryAsync("admin")).Name.ShouldBe("admin");
        (await _node.TryAsync("admin", "wrong")).ShouldBeOfType<PasswordVerdict.Refused>();
    }

    [Fact]
    public async Task Order_decides_whose_a_new_name_becomes()
    {
        _partner.Add("alice", new ExternalPerson("alice"));
        _node.Dispose();
        _order.Order = ["partner", "corp", "local"];
        await OpenAsync();

        AccountOf(await _node.TryAsync("alice")).Authority.ShouldBe("partner");
    }

    [Fact]
    public async Task Tenant_with_an_order_of_its_own_takes_nobody_else()
    {
        await _node.TryAsync("alice");
        await _node.TryAsync("bob", "the password of bob");

        ReasonOf(await TryAtSouthAsync("alice", Node.Password)).ShouldBe(AuditReasons.ForeignAuthority);
        AccountOf(await TryAtSouthAsync("bob", "the password of bob")).Name.ShouldBe("bob");
        AccountOf(await _node.TryAsync("alice")).Name.ShouldBe("alice");
    }

    [Fact]
    [Contract("ATK-18")]
    public async Task Password_remembered_at_one_tenant_is_not_believed_at_another()
    {
        await _node.TryAsync("alice");
        (await _node.TryAsync("alice")).ShouldBeOfType<PasswordVerdict.Accepted>().Remembered.ShouldBeTrue();

        (await TryAtSouthAsync("alice", Node.Password)).ShouldBeOfType<PasswordVerdict.Refused>();
    }

    [Fact]
    public async Task Authority_that_tells_nothing_without_a_password_is_asked_with_it()
    {
        _corp.IsSilent = true;

        AccountOf(await _node.TryAsync("alice")).Authority.ShouldBe("corp");
        ReasonOf(await _node.TryAsync("nobody")).ShouldBe(AuditReasons.BadCredentials);
    }

    [Fact]
    [Contract("ATK-73")]
    public async Task Answer_about_somebody_else_is_none()
    {
        _corp.IsSilent = true;
        _corp.Add("mallory", new ExternalPerson("alice"), "the password of mallory");

        ReasonOf(await _node.TryAsync("mallory", "the password of mallory")).ShouldBe(AuditReasons.ForeignPerson);

        (await _node.Store.Accounts.ListAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    [Contract("ATK-73")]
    public async Task Name_that_was_given_to_another_person_is_refused()
    {
        await _node.TryAsync("alice");
        _corp.Add("alice", new ExternalPerson("alice") { Id = "corp-2" }, "the new person's password");

        ReasonOf(await _node.TryAsync("alice", "the new person's password")).ShouldBe(AuditReasons.ForeignPerson);
    }

    [Fact]
    [Contract("HTT-85", "HTT-102")]
    public async Task Account_disabled_here_is_refused_whatever_the_directory_says()
    {
        await _node.TryAsync("alice");
        await _node.AccountAdministration.DisableAsync("alice", default);
        await _node.CatchUpAsync();

        ReasonOf(await _node.TryAsync("alice")).ShouldBe(AuditReasons.Disabled);
        _node.Clock.Advance(TimeSpan.FromMinutes(2));
        ReasonOf(await _node.TryAsync("alice")).ShouldBe(AuditReasons.Disabled);
    }

    [Fact]
    [Contract("HTT-81", "ATK-1")]
    public async Task Blank_password_reaches_no_directory()
    {
        foreach (var blank in new[] { "", " ", "\u00A0", "\0" })
        {
            (await _node.TryAsync("alice", blank)).ShouldBeOfType<PasswordVerdict.Refused>();
        }

        (_corp.Checks, _corp.Searches).ShouldBe((0, 0));
    }

    [Fact]
    [Contract("ARS-24")]
    public async Task Additional_text_reaches_the_directory_and_changes_no_name()
    {
        var attempt = new PasswordAttempt("alice", Node.Password, IPAddress.Loopback) { AdditionalText = "PARTNER" };

        AccountOf(await _node.SignIn.CheckAsync(attempt, default)).Authority.ShouldBe("corp");

        _corp.Additional.ShouldBe(["PARTNER"]);
    }

    [Fact]
    [Contract("ARS-64", "ARS-65")]
    public async Task Guest_is_who_is_known_to_no_authority_and_nobody_else()
    {
        AuditReasons.UnknownAccount.ShouldBe(ReasonOf(await TryAsGuestAsync("stranger")));
        (await _node.Store.Guesses.ReadAsync("stranger", "192.0.2.7", default)).Account.Count.ShouldBe(0);

        AuditReasons.BadCredentials.ShouldBe(ReasonOf(await TryAsGuestAsync("alice")));
        _corp.IsSilent = true;
        AuditReasons.BadCredentials.ShouldBe(ReasonOf(await TryAsGuestAsync("other")));
    }

    [Fact]
    [Contract("HTT-88", "HTT-97")]
    public async Task Source_that_must_wait_causes_no_search()
    {
        _node.Dispose();
        await OpenAsync(new ThrottleOptions { SourceLimit = 10 });
        for (var i = 0; i < 10; i++)
        {
            await _node.TryAsync($"nobody {i}");
        }

        var searches = _corp.Searches;
        (await _node.TryAsync("nobody at all")).ShouldBeOfType<PasswordVerdict.Throttled>();

        _corp.Searches.ShouldBe(searches);
    }

    [Fact]
    public async Task Authority_that_is_not_configured_any_more_is_unavailable()
    {
        await _node.TryAsync("bob", "the password of bob");
        _node.Dispose();
        await OpenAsync(directories: [_corp]);

        (await _node.TryAsync("bob", "the password of bob")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    private async Task OpenAsync(ThrottleOptions? throttle = null, IReadOnlyList<IExternalAuthority>? directories = null)
    {
        _order.Tenants.Clear();
        if (directories is null)
        {
            _order.Tenants["south"] = ["partner", "local"];
        }

        _node = new Node(await _state.OpenAsync(), _state.Clock, throttle, external: directories ?? [_corp, _partner], authorities: _order);
        await _node.CatchUpAsync();
    }

    private async Task<PasswordVerdict> TryAtSouthAsync(string name, string password) =>
        await _node.SignIn.CheckAsync(new PasswordAttempt(name, password, IPAddress.Parse("192.0.2.7")) { TenantKey = "south" }, default);

    private async Task<PasswordVerdict> TryAsGuestAsync(string name) =>
        await _node.SignIn.CheckAsync(new PasswordAttempt(name, "any password", IPAddress.Parse("192.0.2.7")) { UnknownIsGuest = true }, default);

    private static Account AccountOf(PasswordVerdict verdict) => verdict.ShouldBeOfType<PasswordVerdict.Accepted>().Account;

    private static string ReasonOf(PasswordVerdict verdict) => verdict.ShouldBeOfType<PasswordVerdict.Refused>().Reason;
}
