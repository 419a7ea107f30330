using System.Text;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>The keys that handshakes are accepted with, and no more mechanisms than were asked for. Native memory.</summary>
internal sealed unsafe class GssCredential : IDisposable
{
    private nint _handle;

    private GssCredential(nint handle, HandshakeMechanisms mechanisms, string? fault) => (_handle, Mechanisms, Fault) = (handle, mechanisms, fault);

    public nint Handle => _handle;

    /// <summary>The mechanisms that can be accepted: Kerberos only with a key.</summary>
    public HandshakeMechanisms Mechanisms { get; }

    /// <summary>Why a mechanism that was asked for is missing; null where none is.</summary>
    public string? Fault { get; }

    /// <summary>Opens what there is, now: a keytab that was replaced counts from the next handshake on.</summary>
    /// <param name="wanted">Mechanisms that may be negotiated.</param>
    /// <param name="ntlm">Who knows the passwords of NTLM.</param>
    public static GssCredential Open(HandshakeMechanisms wanted, NtlmSource ntlm)
    {
        var (available, fault) = (HandshakeMechanisms.None, (string?)null);
        foreach (var mechanism in (ReadOnlySpan<HandshakeMechanisms>)[HandshakeMechanisms.Kerberos, HandshakeMechanisms.Ntlm])
        {
            if ((wanted & mechanism) == HandshakeMechanisms.None)
            {
                continue;
            }

            if (mechanism == HandshakeMechanisms.Ntlm && !ntlm.IsThere())
            {
                fault ??= $"{ntlm.Description} cannot be asked.";
                continue;
            }

            var (major, minor, handle) = Acquire([mechanism], spnego: false);
            Gss.ReleaseCredential(out _, ref handle);
            if (major == Gss.Complete)
            {
                available |= mechanism;
            }
            else
            {
                fault ??= GssText.Of(major, minor);
            }
        }

        if (available == HandshakeMechanisms.None)
        {
            return new GssCredential(0, available, fault);
        }

        HandshakeMechanisms[] each = [.. Each(available)];
        var (status, detail, credential) = Acquire(each, spnego: true);
        if (status == Gss.Complete)
        {
            status = WithOidSet(each, spnego: false, set => Gss.SetMechanisms(out detail, credential, set));
        }

        if (status == Gss.Complete)
        {
            return new GssCredential(credential, available, fault);
        }

        Gss.ReleaseCredential(out _, ref credential);
        return new GssCredential(0, HandshakeMechanisms.None, GssText.Of(status, detail));
    }

    /// <summary>The keys of Kerberos alone, without a choice of mechanisms.</summary>
    public static GssCredential OpenKerberos()
    {
        var (major, minor, handle) = Acquire([HandshakeMechanisms.Kerberos], spnego: false);
        return major == Gss.Complete ? new GssCredential(handle, HandshakeMechanisms.Kerberos, null) : new GssCredential(0, HandshakeMechanisms.None, GssText.Of(major, minor));
    }

    /// <summary>Whether the mechanism NTLM is installed.</summary>
    public static bool HasNtlm()
    {
        var (major, _, handle) = Acquire([HandshakeMechanisms.Ntlm], spnego: false);
        Gss.ReleaseCredential(out _, ref handle);
        return major == Gss.Complete;
    }

    public void Dispose()
    {
        if (_handle != 0)
        {
            Gss.ReleaseCredential(out _, ref _handle);
            _handle = 0;
        }
    }

    private static IEnumerable<HandshakeMechanisms> Each(HandshakeMechanisms mechanisms) =>
        new[] { HandshakeMechanisms.Kerberos, HandshakeMechanisms.Ntlm }.Where(one => (mechanisms & one) != HandshakeMechanisms.None);

    private static (uint Major, uint Minor, nint Handle) Acquire(HandshakeMechanisms[] mechanisms, bool spnego)
    {
        nint credential = 0;
        uint minor = 0;
        var major = WithOidSet(mechanisms, spnego, set =>
        {
            var status = Gss.AcquireCredential(out minor, 0, Gss.Indefinite, set, Gss.Accept, out credential, out var actual, 0);
            Gss.ReleaseOidSet(out _, ref actual);
            return status;
        });
        return (major, minor, credential);
    }

    private static uint WithOidSet(HandshakeMechanisms[] mechanisms, bool spnego, Func<Gss.GssOidSet, uint> call)
    {
        fixed (byte* spnegoOid = MechanismOids.Spnego, kerberos = MechanismOids.Kerberos, ntlm = MechanismOids.Ntlm)
        {
            var oids = stackalloc Gss.GssOid[3];
            var count = 0;
            if (spnego)
            {
                oids[count++] = new Gss.GssOid { Length = (uint)MechanismOids.Spnego.Length, Elements = (nint)spnegoOid };
            }

            foreach (var mechanism in mechanisms)
            {
                oids[count++] = mechanism == HandshakeMechanisms.Kerberos
                    ? new Gss.GssOid { Length = (uint)MechanismOids.Kerberos.Length, Elements = (nint)kerberos }
                    : new Gss.GssOid { Length = (uint)MechanismOids.Ntlm.Length, Elements = (nint)ntlm };
            }

            return call(new Gss.GssOidSet { Count = count, Elements = (nint)oids });
        }
    }
}

/// <summary>Words of the security library for its statuses, for the operator only.</summary>
internal static class GssText
{
    private const int MaximumLines = 4;

    public static string Of(uint major, uint minor)
    {
        var text = new StringBuilder();
        foreach (var (code, type) in new[] { (major, 1), (minor, Gss.MechanismCode) })
        {
            uint context = 0;
            for (var line = 0; line < MaximumLines; line++)
            {
                if (Gss.ErrorOf(Gss.DisplayStatus(out _, code, type, 0, ref context, out var buffer)) != 0)
                {
                    break;
                }

                text.Append(text.Length == 0 ? "" : "; ").Append(Take(ref buffer));
                if (context == 0)
                {
                    break;
                }
            }
        }

        return text.ToString().ReplaceLineEndings(" ");
    }

    /// <summary>Copies a text of the library and gives its memory back.</summary>
    public static string Take(ref Gss.GssBuffer buffer)
    {
        var text = buffer.Value == 0 ? "" : Encoding.UTF8.GetString(BytesOf(buffer)).TrimEnd('\0');
        Gss.ReleaseBuffer(out _, ref buffer);
        return text;
    }

    public static unsafe ReadOnlySpan<byte> BytesOf(Gss.GssBuffer buffer) => new((void*)buffer.Value, (int)buffer.Length);
}
