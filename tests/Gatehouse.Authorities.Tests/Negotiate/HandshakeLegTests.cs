using System.Text;
using Gatehouse.Authorities.Negotiate;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

[Contract("HTT-63", "HTT-88", "MIC-100")]
public sealed class HandshakeLegTests
{
    private static readonly byte[] Begin = [.. "NTLMSSP\0"u8, 1, 0, 0, 0, 7, 0, 0, 0];

    [Fact]
    public void Raw_ntlm_begins_and_names_whom_it_proves()
    {
        HandshakeLeg.Read(Begin).ShouldNotBeNull().Offered.ShouldBe([HandshakeMechanisms.Ntlm]);
        var proof = HandshakeLeg.Read(Proof("EXAMPLE", "alice")).ShouldNotBeNull();
        proof.Kind.ShouldBe(LegKind.Later);
        proof.Ntlm.ShouldBe(new NtlmMessage(3, "EXAMPLE", "alice"));
        HandshakeLeg.Read(Response(Proof("EXAMPLE", "alice\0"))).ShouldNotBeNull().Ntlm!.User.ShouldBe("alice");
    }

    [Fact]
    public void Spnego_offers_its_mechanisms_in_their_order()
    {
        var both = Init([0x06, 9, .. MechanismOids.KerberosOfWindows, 0x06, 10, .. MechanismOids.Ntlm, 0x06, 3, 0x2a, 3, 4], [1, 2, 3]);
        var leg = HandshakeLeg.Read(both).ShouldNotBeNull();
        leg.Kind.ShouldBe(LegKind.First);
        leg.Offered.ShouldBe([HandshakeMechanisms.Kerberos, HandshakeMechanisms.Ntlm, HandshakeMechanisms.None]);
        leg.Ntlm.ShouldBeNull();
    }

    [Fact]
    public void A_proof_inside_a_first_leg_is_refused() =>
        HandshakeLeg.Read(Init([0x06, 10, .. MechanismOids.Ntlm], Proof("EXAMPLE", "alice"))).ShouldBeNull();

    [Fact]
    public void Names_in_an_older_character_set_are_refused_and_so_are_names_with_a_domain_or_NUL_in_them()
    {
        var oem = Proof("EXAMPLE", "alice");
        oem[60] = 0;
        HandshakeLeg.Read(oem).ShouldBeNull();
        HandshakeLeg.Read([.. "NTLMSSP\0"u8, 1, 0, 0, 0, 6, 0, 0, 0]).ShouldBeNull();
        HandshakeLeg.Read(Proof("EXAMPLE", @"OTHER\alice")).ShouldBeNull();
        HandshakeLeg.Read(Proof("EXAMPLE", "al\0ice")).ShouldBeNull();
    }

    [Fact, Contract("ATK-47")]
    public void Every_cut_and_every_changed_byte_is_read_or_refused_and_never_thrown()
    {
        foreach (var whole in new[] { Begin, Proof("EXAMPLE", "alice"), Response(Proof("EXAMPLE", "alice")), Init([0x06, 9, .. MechanismOids.Kerberos], Begin) })
        {
            for (var length = 0; length < whole.Length; length++)
            {
                if (whole[0] != (byte)'N')
                {
                    HandshakeLeg.Read(whole.AsSpan(0, length)).ShouldBeNull();
                }

                HandshakeLeg.Read(whole.AsSpan(0, length));
                foreach (var value in new byte[] { 0, 1, 0x7f, 0x80, 0x82, 0x84, 0xff })
                {
                    byte[] changed = [.. whole];
                    changed[length] = value;
                    HandshakeLeg.Read(changed);
                }
            }

            if (whole[0] != (byte)'N')
            {
                HandshakeLeg.Read([.. whole, 0]).ShouldBeNull();
            }
        }
    }

    [Theory, Contract("ATK-74")]
    [InlineData("alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST")]
    [InlineData("host/a@EXAMPLE.TEST", "host/a", "EXAMPLE.TEST")]
    [InlineData(@"EXAMPLE\\alice@FOREIGN.TEST", null, null)]
    [InlineData(@"alice\@EXAMPLE.TEST@FOREIGN.TEST", null, null)]
    [InlineData("alice", null, null)]
    [InlineData("@EXAMPLE.TEST", null, null)]
    [InlineData("alice@", null, null)]
    [InlineData("al\u0001ice@EXAMPLE.TEST", null, null)]
    public void A_kerberos_name_says_one_name_in_one_realm_or_nothing(string text, string? name, string? realm) =>
        PrincipalText.Read(text, HandshakeMechanisms.Kerberos).ShouldBe(name is null ? null : new Principal(name, realm!, HandshakeMechanisms.Kerberos));

    [Theory]
    [InlineData("EXAMPLE\\alice\0", "alice", "EXAMPLE")]
    [InlineData(@"EXAMPLE\alice@home", "alice@home", "EXAMPLE")]
    [InlineData(@"\alice", null, null)]
    [InlineData(@"EXAMPLE\OTHER\alice", null, null)]
    [InlineData("alice", null, null)]
    public void An_ntlm_name_says_one_name_in_one_domain_or_nothing(string text, string? name, string? domain) =>
        PrincipalText.Read(text, HandshakeMechanisms.Ntlm).ShouldBe(name is null ? null : new Principal(name, domain!, HandshakeMechanisms.Ntlm));

    [Theory, Contract("ATK-74")]
    [InlineData("HTTP/gate@R", null, true)]
    [InlineData("http/gate@R", null, true)]
    [InlineData("host/gate@R", null, false)]
    [InlineData("HTTPS/gate@R", null, false)]
    [InlineData(null, null, false)]
    [InlineData("HTTP/gate@R", "HTTP/gate", true)]
    [InlineData("HTTP/gate@R", "HTTP/gate@R", true)]
    [InlineData("HTTP/gate@R", "HTTP/gate@S", false)]
    [InlineData("HTTP/gate2@R", "HTTP/gate", false)]
    public void A_ticket_is_for_us_or_for_another_service(string? target, string? configured, bool ours) => ServiceName.IsOurs(target, configured).ShouldBe(ours);

    private static byte[] Proof(string domain, string user)
    {
        var (domainBytes, userBytes) = (Encoding.Unicode.GetBytes(domain), Encoding.Unicode.GetBytes(user));
        var message = new byte[64];
        "NTLMSSP\0"u8.CopyTo(message);
        message[8] = 3;
        Place(message.AsSpan(28), domainBytes.Length, 64);
        Place(message.AsSpan(36), userBytes.Length, 64 + domainBytes.Length);
        message[60] = 1;
        return [.. message, .. domainBytes, .. userBytes];

        static void Place(Span<byte> at, int length, int offset)
        {
            (at[0], at[2]) = ((byte)length, (byte)length);
            at[4] = (byte)offset;
        }
    }

    private static byte[] Init(byte[] mechanisms, byte[] token) =>
        Der(0x60, [0x06, 6, .. MechanismOids.Spnego, .. Der(0xa0, Der(0x30, [.. Der(0xa0, Der(0x30, mechanisms)), .. Der(0xa2, Der(0x04, token))]))]);

    private static byte[] Response(byte[] token) => Der(0xa1, Der(0x30, [.. Der(0xa0, [0x0a, 1, 1]), .. Der(0xa2, Der(0x04, token))]));

    private static byte[] Der(byte tag, byte[] content) => content.Length < 128 ? [tag, (byte)content.Length, .. content] : [tag, 0x81, (byte)content.Length, .. content];
}
