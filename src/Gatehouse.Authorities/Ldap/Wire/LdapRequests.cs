using System.Formats.Asn1;
using System.Text;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>How far below its base a search looks.</summary>
internal enum SearchScope
{
    /// <summary>The base itself.</summary>
    Base = 0,

    /// <summary>Everything below the base, and the base.</summary>
    Subtree = 2,
}

/// <summary>A search.</summary>
/// <param name="Base">DN of the entry where it begins; empty for the server's own entry.</param>
/// <param name="Scope">How far it looks.</param>
/// <param name="Filter">What it looks for.</param>
/// <param name="Attributes">What it asks of each entry.</param>
/// <param name="SizeLimit">How many entries are enough; 0 is no limit.</param>
internal sealed record SearchRequest(string Base, SearchScope Scope, LdapFilter Filter, IReadOnlyList<string> Attributes, int SizeLimit);

/// <summary>The requests of LDAP (RFC 4511) that an authority needs, as bytes.</summary>
internal static class LdapRequests
{
    /// <summary>StartTLS (RFC 4511, section 4.14).</summary>
    private const string StartTlsOid = "1.3.6.1.4.1.1466.20037";

    /// <summary>Asks the server for the state of the password (draft-behera-ldap-password-policy).</summary>
    public const string PasswordPolicyOid = "1.3.6.1.4.1.42.2.27.8.5.1";

    private const int Version = 3;

    /// <summary>A bind with name and password. Both empty: anonymous.</summary>
    public static byte[] Bind(int id, string dn, string password)
    {
        return Message(
            id,
            writer =>
            {
                using (writer.PushSequence(Application(0)))
                {
                    writer.WriteInteger(Version);
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(dn));
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(password), new Asn1Tag(TagClass.ContextSpecific, 0));
                }

                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)))
                using (writer.PushSequence())
                {
                    // Not critical: a directory that does not know the control just answers without it.
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(PasswordPolicyOid));
                }
            });
    }

    /// <summary>A search.</summary>
    public static byte[] Search(int id, SearchRequest request, TimeSpan limit) => Message(id, writer =>
    {
        using (writer.PushSequence(Application(3)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(request.Base));
            writer.WriteEnumeratedValue(request.Scope);
            writer.WriteEnumeratedValue(DereferenceAliases.Never);
            writer.WriteInteger(request.SizeLimit);
            writer.WriteInteger((int)Math.Ceiling(limit.TotalSeconds));
            writer.WriteBoolean(value: false);
            request.Filter.Write(writer);
            using (writer.PushSequence())
            {
                foreach (var attribute in request.Attributes)
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
                }
            }
        }
    });

    /// <summary>StartTLS.</summary>
    public static byte[] StartTls(int id) => Message(id, writer =>
    {
        using (writer.PushSequence(Application(23)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(StartTlsOid), new Asn1Tag(TagClass.ContextSpecific, 0));
        }
    });

    private static byte[] Message(int id, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            write(writer);
        }

        var message = writer.Encode();

        // It wipes what it held: a bind has a password in it.
        writer.Reset();
        return message;
    }

    private static Asn1Tag Application(int number) => new(TagClass.Application, number, isConstructed: true);

    private enum DereferenceAliases
    {
        Never = 0,
    }
}
