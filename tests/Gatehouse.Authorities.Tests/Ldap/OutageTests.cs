using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Authorities.Ldap;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>Directories that die, hang, answer late, and come back. Each test has servers of its own.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly SlapdServer _first = new();
    private readonly SlapdServer _second = new();

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        await _second.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    [Contract("ATK-70", "HTT-99")]
    public async Task A_directory_that_is_killed_is_unavailable_and_answers_after_its_restart()
    {
        await using var corp = Directories.Open(Directories.For(_first));
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        await _first.KillAsync();
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        (await corp.AskAsync("alice", "wrong")).Decision.ShouldBe(AuthorityDecision.Unavailable);
        (await corp.FindAsync("alice", "alice", CancellationToken.None)).State.ShouldBe(PersonState.Unavailable);

        await _first.StartAsync();
        await EventuallyAsync(corp, AuthorityDecision.Right);
        (await corp.AskAsync("alice", "wrong")).Decision.ShouldBe(AuthorityDecision.Wrong);
    }

    [Fact]
    public async Task A_restart_between_two_questions_is_not_noticed()
    {
        await using var corp = Directories.Open(Directories.For(_first));
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        await _first.KillAsync();
        await _first.StartAsync();

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);
    }

    [Fact]
    public async Task The_second_server_answers_for_the_first_and_gives_back_when_that_is_there_again()
    {
        await using var first = new WireProxy("127.0.0.1", _first.TlsPort);
        await using var second = new WireProxy("127.0.0.1", _second.TlsPort);
        var bundle = Path.GetTempFileName();
        await File.WriteAllTextAsync(bundle, _first.Authority.Pem + _second.Authority.Pem);
        await using var corp = Directories.Open([.. Directories.For(_first), ("Servers:0", $"ldaps://127.0.0.1:{first.Port}"), ("Servers:1", $"ldaps://127.0.0.1:{second.Port}"), ("CaFile", bundle)]);
        File.Delete(bundle);
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);
        second.Connections.ShouldBe(0);

        await _first.KillAsync();
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);
        second.Connections.ShouldBeGreaterThan(0);
        corp.Directory.Servers[0].IsLost.ShouldBeTrue();

        await _first.StartAsync();
        await UntilAsync(() => !corp.Directory.Servers[0].IsLost);
        await _second.KillAsync();
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);
    }

    [Fact]
    [Contract("ATK-70")]
    public async Task Behind_a_black_hole_everybody_waits_once_and_then_nobody()
    {
        // Nobody accepts, and the queue is full: further connection attempts go unanswered.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var hole = (IPEndPoint)listener.LocalEndPoint!;
        var fillers = await FillAsync(hole);
        await using var corp = Directories.Open([.. Directories.For(_first, $"ldaps://127.0.0.1:{hole.Port}"), ("ConnectTimeoutSeconds", "1"), ("RetrySeconds", "3600")]);

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);
        corp.Directory.Servers[0].IsLost.ShouldBeTrue();
        var connecting = corp.AskAsync("alice", SlapdServer.Password);
        connecting.IsCompleted.ShouldBeTrue();
        (await connecting).Decision.ShouldBe(AuthorityDecision.Unavailable);
        fillers.ForEach(filler => filler.Dispose());
    }

    [Fact]
    [Contract("ATK-70")]
    public async Task A_directory_that_hangs_is_given_up_and_comes_back()
    {
        await using var corp = Directories.Open([.. Directories.For(_first), ("OperationTimeoutSeconds", "1"), ("ConnectTimeoutSeconds", "1")]);
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        await _first.FreezeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => corp.AskAsync("alice", SlapdServer.Password).AsTask()));
        answers.ShouldAllBe(answer => answer.Decision == AuthorityDecision.Unavailable);
        corp.Directory.Servers[0].IsLost.ShouldBeTrue();

        await _first.ThawAsync();
        await EventuallyAsync(corp, AuthorityDecision.Right);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Contract("ATK-70")]
    public async Task A_connection_that_dies_without_a_word_is_given_up(bool halfClosed)
    {
        await using var proxy = new WireProxy("127.0.0.1", _first.TlsPort);
        await using var corp = Directories.Open([.. Directories.For(_first, $"ldaps://127.0.0.1:{proxy.Port}"), ("OperationTimeoutSeconds", "1"), ("ConnectTimeoutSeconds", "1")]);
        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        proxy.IsBlackHole = true;
        if (halfClosed)
        {
            proxy.HalfClose();
        }

        (await corp.AskAsync("alice", "wrong")).Decision.ShouldBe(AuthorityDecision.Unavailable);

        proxy.IsBlackHole = false;
        await EventuallyAsync(corp, AuthorityDecision.Right);
    }

    [Fact]
    public async Task A_late_answer_is_still_an_answer()
    {
        await using var proxy = new WireProxy("127.0.0.1", _first.TlsPort) { Delay = TimeSpan.FromMilliseconds(300) };
        await using var corp = Directories.Open(Directories.For(_first, $"ldaps://127.0.0.1:{proxy.Port}"));

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);
        (await corp.AskAsync("alice", "wrong")).Decision.ShouldBe(AuthorityDecision.Wrong);
    }

    private static async Task<List<Socket>> FillAsync(IPEndPoint hole)
    {
        var fillers = new List<Socket>();
        while (true)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fillers.Add(filler);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                await filler.ConnectAsync(hole, patience.Token);
            }
            catch (OperationCanceledException)
            {
                return fillers;
            }
        }
    }

    private static async Task EventuallyAsync(LdapAuthority corp, AuthorityDecision expected)
    {
        var decision = AuthorityDecision.Unavailable;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Soon && decision != expected; await Task.Delay(100))
        {
            decision = (await corp.AskAsync("alice", SlapdServer.Password)).Decision;
        }

        decision.ShouldBe(expected);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Soon && !holds(); await Task.Delay(50))
        {
        }

        holds().ShouldBeTrue();
    }
}
