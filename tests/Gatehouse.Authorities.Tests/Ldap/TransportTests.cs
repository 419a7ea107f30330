using System.Text;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>No password leaves but over TLS to the right server.</summary>
[Collection(SlapdCollection.Name)]
public sealed class TransportTests(SlapdServer slapd)
{
    // Result 0, success; and 2, protocol error: answers to the first message of a connection.
    private static readonly byte[] Yes = [0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00];
    private static readonly byte[] No = [0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x02, 0x04, 0x00, 0x04, 0x00];
    private static readonly byte[] YesAndMore = [.. Yes, 0x30, 0x0c, 0x02, 0x01, 0x02, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00];

    public enum Fault
    {
        Refused,
        Stripped,
        Injected,
        Garbage,
    }

    [Theory]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Stripped)]
    [InlineData(Fault.Injected)]
    [InlineData(Fault.Garbage)]
    [Contract("ATK-71", "ATK-70")]
    public async Task No_password_crosses_in_clear_text_when_StartTLS_is_spoiled(Fault fault)
    {
        await using var proxy = new WireProxy("127.0.0.1", slapd.Port);
        proxy.Answer = fault switch { Fault.Refused => No, Fault.Stripped => Yes, Fault.Injected => YesAndMore, _ => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n") };
        proxy.Alter = bytes => Encoding.ASCII.GetString(bytes).Contains("1.3.6.1.4.1.1466.20037", StringComparison.Ordinal) ? null : bytes;
        await using var corp = Directories.Open(Directories.For(slapd, $"ldap://127.0.0.1:{proxy.Port}"));

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);

        var sent = Encoding.Latin1.GetString(proxy.Sent);
        sent.ShouldContain("1.3.6.1.4.1.1466.20037");
        sent.ShouldNotContain(SlapdServer.Password);
        sent.ShouldNotContain("cn=search");
        sent.ShouldNotContain("alice");
    }

    [Fact]
    [Contract("ATK-71")]
    public async Task No_password_crosses_in_clear_text_when_the_directory_has_no_TLS()
    {
        await using var bare = new SlapdServer(tls: false);
        await bare.InitializeAsync();
        await using var proxy = new WireProxy("127.0.0.1", bare.Port);
        await using var corp = Directories.Open(Directories.For(bare, $"ldap://127.0.0.1:{proxy.Port}"));

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);

        Encoding.Latin1.GetString(proxy.Sent).ShouldNotContain(SlapdServer.Password);
    }

    [Fact]
    public async Task The_sniffer_would_see_a_password_in_clear_text()
    {
        await using var proxy = new WireProxy("127.0.0.1", slapd.Port);
        await using var corp = Directories.Open([.. Directories.For(slapd, $"ldap://127.0.0.1:{proxy.Port}"), ("StartTls", "false"), ("AllowPlainLoopback", "true")]);

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        Encoding.Latin1.GetString(proxy.Sent).ShouldContain(SlapdServer.Password);
    }

    [Fact]
    public async Task StartTLS_and_a_good_certificate_show_nothing_to_the_sniffer()
    {
        await using var proxy = new WireProxy("127.0.0.1", slapd.Port);
        await using var corp = Directories.Open(Directories.For(slapd, $"ldap://127.0.0.1:{proxy.Port}"));

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Right);

        Encoding.Latin1.GetString(proxy.Sent).ShouldNotContain(SlapdServer.Password);
    }

    [Theory]
    [InlineData("right", true)]
    [InlineData("self-signed", false)]
    [InlineData("other name", false)]
    [InlineData("expired", false)]
    [InlineData("other authority", false)]
    [Contract("ATK-72")]
    public async Task Only_the_right_certificate_is_believed(string kind, bool believed)
    {
        await using var server = new SlapdServer();
        await server.InitializeAsync();
        using var other = new TestAuthority();
        await server.KillAsync();
        await server.ShowAsync(kind switch
        {
            "self-signed" => TestAuthority.SelfSigned("127.0.0.1"),
            "other name" => server.Authority.Issue("directory.example.org"),
            "expired" => server.Authority.Issue("127.0.0.1", TimeProvider.System.GetUtcNow().AddDays(-1)),
            "other authority" => other.Issue("127.0.0.1"),
            _ => server.Authority.Issue("127.0.0.1"),
        });
        await server.StartAsync();

        foreach (var address in new[] { server.Ldaps, server.Ldap })
        {
            await using var corp = Directories.Open(Directories.For(server, address));
            (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(believed ? AuthorityDecision.Right : AuthorityDecision.Unavailable);
        }
    }

    [Fact]
    [Contract("ATK-72")]
    public async Task Without_a_named_authority_only_those_of_the_system_are_believed()
    {
        await using var corp = Directories.Open(Directories.For(slapd).Where(option => option.Name != "CaFile"));

        (await corp.AskAsync("alice", SlapdServer.Password)).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }
}
