using System.Net;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>Which account a proved principal means.</summary>
public sealed class HandshakeSignInTests : IAsyncLifetime
{
    private readonly TestStore _state = new();
    private readonly TestDirectory _corp = new("corp", "CORP");
    private Node _node = null!;
    private HandshakeSignIn _handshakes = null!;

    public async ValueTask InitializeAsync()
    {
        _corp.Add("alice", new ExternalPerson("alice") { Roles = Roles.Global });
        _node = new Node(await _state.OpenAsync(), _state.Clock, external: [_corp]);
        var order = new AuthorityOrder([_corp, new CountingAuthority()], new AuthorityOptions());
        var externals = new ExternalAccounts(_node.Store, _node.Accounts, _node.Clock, NullLogger<ExternalAccounts>.Instance);
        _handshakes = new HandshakeSignIn(
            _node.Store, new Realms(), order, externals, _node.Accounts, _node.Sessions, _node.Throttle, _node.Audit, _node.Clock, NullLogger<HandshakeSignIn>.Instance);
        await _node.CatchUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _node.Dispose();
        await _state.DisposeAsync();
    }

    [Theory]
    [InlineData("alice@CORP.EXAMPLE")]
    [InlineData("CORP\\alice")]
    public async Task Principal_of_a_directory_realm_gets_its_account(string principal)
    {
        var account = (await AcceptAsync(principal)).ShouldBeOfType<PasswordVerdict.Accepted>().Account;

        (account.Name, account.Authority, account.Roles).ShouldBe(("alice", "corp", Roles.Global));
    }

    [Theory]
    [InlineData("admin@EVIL.EXAMPLE")]
    [InlineData("EVIL\\admin")]
    [InlineData("admin@CORP.EXAMPLE")]
    [InlineData("admin@")]
    [InlineData("@LOCAL.EXAMPLE")]
    [InlineData("\\admin")]
    [InlineData("ad\u0007min@LOCAL.EXAMPLE")]
    [Contract("ATK-74")]
    public async Task Foreign_realm_never_falls_on_a_local_account(string principal)
    {
        await _node.AddAccountAsync("admin");

        (await AcceptAsync(principal)).ShouldBeOfType<PasswordVerdict.Refused>();
    }

    [Fact]
    public async Task Realm_that_the_operator_mapped_to_local_accounts_finds_them_and_makes_none()
    {
        await _node.AddAccountAsync("admin");

        (await AcceptAsync("admin@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Accepted>().Account.Authority.ShouldBe(Account.LocalAuthority);
        (await AcceptAsync("other@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.UnknownAccount);
        (await AcceptAsync("Admin@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>();
        (await AcceptAsync("admin/host@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>();
    }

    [Fact]
    public async Task Disabled_account_is_refused()
    {
        await _node.AddAccountAsync("admin");
        await AcceptAsync("alice@CORP.EXAMPLE");
        await _node.AccountAdministration.DisableAsync("admin", default);
        await _node.AccountAdministration.DisableAsync("alice", default);

        (await AcceptAsync("admin@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.Disabled);
        (await AcceptAsync("alice@CORP.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.Disabled);
    }

    [Fact]
    [Contract("HTT-94", "ATK-11")]
    public async Task Lock_holds_for_handshakes_too()
    {
        await _node.AddAccountAsync("admin");
        await _node.Store.Guesses.ChangeAsync(
            "admin", "192.0.2.1", (_, source) => new Core.Stores.GuessStep<bool>(new AccountGuesses(100, null, DateTimeOffset.MaxValue, _node.Now), source, true), default);

        (await AcceptAsync("admin@LOCAL.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Throttled>().Reason.ShouldBe(AuditReasons.Locked);
    }

    [Fact]
    [Contract("HTT-99")]
    public async Task Directory_that_cannot_be_asked_is_no_refusal()
    {
        _corp.IsAway = true;

        (await AcceptAsync("alice@CORP.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Unavailable>();
    }

    [Fact]
    public async Task Person_that_the_directory_does_not_know_any_more_is_refused() =>
        (await AcceptAsync("gone@CORP.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Refused>().Reason.ShouldBe(AuditReasons.UnknownAccount);

    [Fact]
    [Contract("HTT-88", "ATK-8")]
    public async Task Refused_proof_of_a_password_is_a_wrong_guess_and_a_refused_ticket_is_none()
    {
        await _node.AddAccountAsync("admin");

        await _handshakes.StepAsync(new Proof(new Principal("admin", "LOCAL.EXAMPLE", HandshakeMechanisms.Ntlm), IsRight: false), default, null, IPAddress.Loopback);
        await _handshakes.StepAsync(new Proof(new Principal("admin", "LOCAL.EXAMPLE", HandshakeMechanisms.Kerberos), IsRight: false), default, null, IPAddress.Loopback);

        (await _node.Store.Guesses.ReadAsync("admin", "127.0.0.1", default)).Account.Count.ShouldBe(1);
    }

    [Fact]
    [Contract("MIC-101")]
    public async Task Account_of_the_whole_proven_name_enters_whatever_the_realm()
    {
        await _node.AddAccountAsync("bob@FRIEND.EXAMPLE");

        (await AcceptAsync("bob@FRIEND.EXAMPLE")).ShouldBeOfType<PasswordVerdict.Accepted>().Account.Name.ShouldBe("bob@FRIEND.EXAMPLE");
    }

    private async Task<PasswordVerdict> AcceptAsync(string text)
    {
        var backslash = text.IndexOf('\\', StringComparison.Ordinal);
        var at = text.LastIndexOf('@');
        var principal = backslash >= 0
            ? new Principal(text[(backslash + 1)..], text[..backslash], HandshakeMechanisms.Ntlm)
            : new Principal(text[..at], text[(at + 1)..], HandshakeMechanisms.Kerberos);
        return (await _handshakes.StepAsync(new Proof(principal, IsRight: true), default, null, IPAddress.Loopback)).Verdict.ShouldNotBeNull();
    }

    /// <summary>A handshake of one leg.</summary>
    private sealed record Proof(Principal Principal, bool IsRight) : IHandshake
    {
        public Principal? ClaimIn(ReadOnlySpan<byte> token) => Principal.Mechanism == HandshakeMechanisms.Ntlm ? Principal : null;

        public ValueTask<HandshakeAnswer> NextAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
            new(IsRight ? new HandshakeAnswer(HandshakeState.Completed) { Principal = Principal } : HandshakeAnswer.Refused);

        public void Dispose()
        {
            // Holds nothing.
        }
    }

    private sealed class Realms : IHandshakeAuthority
    {
        public ValueTask<HandshakeMechanisms> FindMechanismsAsync() => new(HandshakeMechanisms.Kerberos | HandshakeMechanisms.Ntlm);

        public string? AuthorityOf(string realm) => realm switch
        {
            "CORP.EXAMPLE" or "CORP" => "corp",
            "LOCAL.EXAMPLE" => Account.LocalAuthority,
            _ => null,
        };

        public IHandshake? Begin(HandshakeRules rules) => null;
    }
}
