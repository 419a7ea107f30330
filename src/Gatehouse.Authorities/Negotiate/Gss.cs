using System.Runtime.InteropServices;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// The functions of MIT's GSS-API library that accept handshakes (RFC 2744; <c>gss_set_neg_mechs</c>:
/// <c>gssapi_ext.h</c>). In-box <c>NegotiateAuthentication</c> stands on the same library, but hands no channel binding to it
/// on the accepting side and takes the keytab from the environment only (docs/adr/0006-gssapi.md).
/// </summary>
internal static partial class Gss
{
    /// <summary>The library's name as the dynamic linker knows it.</summary>
    public const string Library = "libgssapi_krb5.so.2";

    /// <summary>The whole status: done. The one word for success (HTT-67).</summary>
    public const uint Complete = 0;

    /// <summary>The whole status: another leg is needed.</summary>
    public const uint ContinueNeeded = 1;

    /// <summary>The context is bound to the channel, on both sides.</summary>
    public const uint ChannelBoundFlag = 2048;

    public const int Initiate = 1;

    public const int Accept = 2;

    public const uint Indefinite = uint.MaxValue;

    public const int MechanismCode = 2;

    /// <summary>The routine error of a status (RFC 2744, section 3.9.1).</summary>
    public static uint ErrorOf(uint major) => (major >> 16) & 0xff;

    [StructLayout(LayoutKind.Sequential)]
    public struct GssBuffer
    {
        public nint Length;
        public nint Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GssOid
    {
        public uint Length;
        public nint Elements;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GssOidSet
    {
        public nint Count;
        public nint Elements;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GssChannelBindings
    {
        public uint InitiatorAddressType;
        public GssBuffer InitiatorAddress;
        public uint AcceptorAddressType;
        public GssBuffer AcceptorAddress;
        public GssBuffer ApplicationData;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GssKeyValue
    {
        public nint Key;
        public nint Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct GssKeyValueSet
    {
        public uint Count;
        public nint Elements;
    }

    /// <summary>
    /// Names the keytab, for the whole process. A credential store (<c>gss_acquire_cred_from</c>) would be tidier, but gss-ntlmssp
    /// takes one for something else, and fails over it.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "krb5_gss_register_acceptor_identity", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint RegisterKeytab(string name);

    [LibraryImport(Library, EntryPoint = "gss_acquire_cred")]
    public static partial uint AcquireCredential(
        out uint minor, nint name, uint lifetime, in GssOidSet mechanisms, int usage, out nint credential, out nint actualMechanisms, nint granted);

    [LibraryImport(Library, EntryPoint = "gss_acquire_cred_from")]
    public static partial uint AcquireCredentialFrom(
        out uint minor, nint name, uint lifetime, in GssOidSet mechanisms, int usage, in GssKeyValueSet store, out nint credential, nint actualMechanisms, nint granted);

    [LibraryImport(Library, EntryPoint = "gss_import_name")]
    public static partial uint ImportName(out uint minor, in GssBuffer name, nint type, out nint imported);

    [LibraryImport(Library, EntryPoint = "gss_init_sec_context")]
    public static partial uint InitContext(
        out uint minor,
        nint credential,
        ref nint context,
        nint target,
        nint mechanism,
        uint flags,
        uint lifetime,
        nint bindings,
        nint input,
        nint actualMechanism,
        out GssBuffer output,
        nint actualFlags,
        nint granted);

    [LibraryImport(Library, EntryPoint = "gss_set_neg_mechs")]
    public static partial uint SetMechanisms(out uint minor, nint credential, in GssOidSet mechanisms);

    [LibraryImport(Library, EntryPoint = "gss_accept_sec_context")]
    public static partial uint AcceptContext(
        out uint minor,
        ref nint context,
        nint credential,
        in GssBuffer input,
        nint bindings,
        out nint sourceName,
        out nint mechanism,
        out GssBuffer output,
        out uint flags,
        nint lifetime,
        nint delegated);

    [LibraryImport(Library, EntryPoint = "gss_inquire_context")]
    public static partial uint InquireContext(
        out uint minor, nint context, nint source, out nint target, nint lifetime, nint mechanism, nint flags, nint local, nint open);

    [LibraryImport(Library, EntryPoint = "gss_display_name")]
    public static partial uint DisplayName(out uint minor, nint name, out GssBuffer text, nint type);

    [LibraryImport(Library, EntryPoint = "gss_display_status")]
    public static partial uint DisplayStatus(out uint minor, uint status, int type, nint mechanism, ref uint context, out GssBuffer text);

    [LibraryImport(Library, EntryPoint = "gss_release_oid_set")]
    public static partial uint ReleaseOidSet(out uint minor, ref nint set);

    [LibraryImport(Library, EntryPoint = "gss_release_cred")]
    public static partial uint ReleaseCredential(out uint minor, ref nint credential);

    [LibraryImport(Library, EntryPoint = "gss_release_name")]
    public static partial uint ReleaseName(out uint minor, ref nint name);

    [LibraryImport(Library, EntryPoint = "gss_release_buffer")]
    public static partial uint ReleaseBuffer(out uint minor, ref GssBuffer buffer);

    [LibraryImport(Library, EntryPoint = "gss_delete_sec_context")]
    public static partial uint DeleteContext(out uint minor, ref nint context, nint output);

    /// <summary>
    /// Sets a variable where native libraries read it; <see cref="Environment.SetEnvironmentVariable(string, string)"/> keeps a
    /// copy of its own that they never see. At start only, before anything else reads the environment.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetVariable(string name, string value, int overwrite);
}
