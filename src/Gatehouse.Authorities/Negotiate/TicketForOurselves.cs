using System.Runtime.InteropServices;
using System.Text;
using Gatehouse.Core.Operator;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// Signs in to the realm with the service's own key, gets a ticket for the service itself, and reads it: whatever is wrong
/// between this machine, its keytab and the KDC shows in it.
/// </summary>
internal static unsafe class TicketForOurselves
{
    private const string Subject = "KDC";

    /// <summary>Tries it. Blocks while the KDC is asked.</summary>
    /// <param name="principal">The service principal, realm included.</param>
    /// <param name="keytab">Path of the keytab.</param>
    public static Finding Try(string principal, string keytab)
    {
        nint name = 0, credential = 0, context = 0;
        try
        {
            var (major, minor) = Import(principal, out name);
            if (major == Gss.Complete)
            {
                (major, minor) = SignIn(name, keytab, out credential);
            }

            var token = default(Gss.GssBuffer);
            if (major == Gss.Complete)
            {
                major = Gss.InitContext(out minor, credential, ref context, name, 0, 0, 0, 0, 0, 0, out token, 0, 0);
            }

            return major is Gss.Complete or Gss.ContinueNeeded ? Accept(principal, token) : Explain(GssText.Of(major, minor));
        }
        finally
        {
            Gss.ReleaseName(out _, ref name);
            Gss.ReleaseCredential(out _, ref credential);
            if (context != 0)
            {
                Gss.DeleteContext(out _, ref context, 0);
            }
        }
    }

    private static Finding Accept(string principal, Gss.GssBuffer token)
    {
        var bytes = GssText.BytesOf(token).ToArray();
        Gss.ReleaseBuffer(out _, ref token);
        using var context = new GssContext(GssCredential.OpenKerberos());
        var step = context.Step(bytes, []);
        return step.Major == Gss.Complete
            ? new Finding(FindingLevel.Good, Subject, $"A ticket for {principal} was issued and accepted: clock, key version and encryption type agree.")
            : Explain(GssText.Of(step.Major, step.Minor));
    }

    private static Finding Explain(string why)
    {
        bool Has(string part) => why.Contains(part, StringComparison.OrdinalIgnoreCase);
        return true switch
        {
            _ when Has("skew") => new Finding(FindingLevel.Fault, "clock", why, "Set this machine's clock (chrony, ntp): five minutes are the limit."),
            _ when Has("Preauthentication failed") || Has("Decrypt integrity") || Has("key version") || Has("kvno") || Has("No key table entry") || Has("Password incorrect") =>
                new Finding(FindingLevel.Fault, "key", why, "The KDC has another key than the keytab (kvno or encryption type): export it anew. A key changes with every ktadd -randkey and every new password of the account."),
            _ when Has("not found in Kerberos database") || Has("CLIENT_NOT_FOUND") =>
                new Finding(FindingLevel.Warning, Subject, why, "In Active Directory a service principal cannot sign in by itself, so this says little: try 'curl --negotiate -u :' from a member of the domain. Elsewhere, add the principal."),
            _ when Has("encryption type") => new Finding(FindingLevel.Fault, "encryption", why, "Make keys of aes256-cts-hmac-sha1-96."),
            _ when Has("Cannot contact") || Has("Cannot find KDC") || Has("resolve") =>
                new Finding(FindingLevel.Warning, Subject, why, "Handshakes are accepted without a KDC; callers need it. Look at /etc/krb5.conf and DNS."),
            _ => new Finding(FindingLevel.Warning, Subject, why, "Look at /etc/krb5.conf, the keytab and the clock."),
        };
    }

    private static (uint Major, uint Minor) Import(string principal, out nint name)
    {
        // GSS_KRB5_NT_PRINCIPAL_NAME, 1.2.840.113554.1.2.2.1
        ReadOnlySpan<byte> type = [.. MechanismOids.Kerberos, 1];
        var text = Encoding.UTF8.GetBytes(principal);
        fixed (byte* at = text, elements = type)
        {
            var oid = new Gss.GssOid { Length = (uint)type.Length, Elements = (nint)elements };
            var major = Gss.ImportName(out var minor, new Gss.GssBuffer { Length = text.Length, Value = (nint)at }, (nint)(&oid), out name);
            return (major, minor);
        }
    }

    private static (uint Major, uint Minor) SignIn(nint name, string keytab, out nint credential)
    {
        var keys = new[] { "client_keytab", "ccache" };
        var values = new[] { $"FILE:{keytab}", $"MEMORY:gatehouse-doctor-{Guid.NewGuid():N}" };
        var pointers = new List<nint>();
        try
        {
            var elements = stackalloc Gss.GssKeyValue[keys.Length];
            for (var i = 0; i < keys.Length; i++)
            {
                pointers.Add(Marshal.StringToCoTaskMemUTF8(keys[i]));
                pointers.Add(Marshal.StringToCoTaskMemUTF8(values[i]));
                elements[i] = new Gss.GssKeyValue { Key = pointers[^2], Value = pointers[^1] };
            }

            var store = new Gss.GssKeyValueSet { Count = (uint)keys.Length, Elements = (nint)elements };
            fixed (byte* kerberos = MechanismOids.Kerberos)
            {
                var oid = new Gss.GssOid { Length = (uint)MechanismOids.Kerberos.Length, Elements = (nint)kerberos };
                var set = new Gss.GssOidSet { Count = 1, Elements = (nint)(&oid) };
                var major = Gss.AcquireCredentialFrom(out var minor, name, Gss.Indefinite, set, Gss.Initiate, store, out credential, 0, 0);
                return (major, minor);
            }
        }
        finally
        {
            pointers.ForEach(Marshal.FreeCoTaskMem);
        }
    }
}
