namespace Gatehouse.Authorities.Negotiate;

/// <summary>Object identifiers of the mechanisms, as DER content octets.</summary>
internal static class MechanismOids
{
    /// <summary>SPNEGO, 1.3.6.1.5.5.2 (RFC 4178).</summary>
    public static ReadOnlySpan<byte> Spnego => [0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

    /// <summary>Kerberos, 1.2.840.113554.1.2.2 (RFC 4121).</summary>
    public static ReadOnlySpan<byte> Kerberos => [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];

    /// <summary>Kerberos with a bit lost, 1.2.840.48018.1.2.2: what Windows puts first in its list.</summary>
    public static ReadOnlySpan<byte> KerberosOfWindows => [0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];

    /// <summary>NTLM, 1.3.6.1.4.1.311.2.2.10.</summary>
    public static ReadOnlySpan<byte> Ntlm => [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
}
