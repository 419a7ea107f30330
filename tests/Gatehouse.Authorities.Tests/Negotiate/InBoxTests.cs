using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using Gatehouse.Authorities.Negotiate;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

/// <summary>Why the library is called directly (docs/adr/0006-gssapi.md). When this fails, the reason is gone.</summary>
public sealed class InBoxTests(Gates gates)
{
    [Fact, Contract("HTT-68")]
    public async Task The_in_box_class_accepts_a_token_that_is_bound_to_another_connection()
    {
        GssEnvironment.Apply(new NegotiateOptions { Keytab = (await gates.KdcAsync()).Keytab });
        await using var caller = await gates.KerberosAsync("alice", binding: "tls-server-end-point:another server"u8.ToArray());
        using var binding = new EndpointBinding("tls-server-end-point:this server"u8);
        using var inBox = new NegotiateAuthentication(new NegotiateAuthenticationServerOptions { Package = "Negotiate", Binding = binding });
        inBox.GetOutgoingBlob(Convert.FromBase64String(await caller.NextAsync()), out var status);
        status.ShouldBe(NegotiateAuthenticationStatusCode.Completed);
    }

    /// <summary>A binding as Windows lays it out: a header of 32 bytes, of which the last two words are length and offset of the data.</summary>
    private sealed class EndpointBinding : ChannelBinding
    {
        private const int HeaderLength = 32;

        public EndpointBinding(ReadOnlySpan<byte> data)
        {
            Size = HeaderLength + data.Length;
            SetHandle(Marshal.AllocHGlobal(Size));
            Marshal.Copy(new byte[HeaderLength], 0, handle, HeaderLength);
            Marshal.WriteInt32(handle, 24, data.Length);
            Marshal.WriteInt32(handle, 28, HeaderLength);
            Marshal.Copy(data.ToArray(), 0, handle + HeaderLength, data.Length);
        }

        public override int Size { get; }

        protected override bool ReleaseHandle()
        {
            Marshal.FreeHGlobal(handle);
            return true;
        }
    }
}
