using System.Formats.Asn1;
using System.Text;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>Result codes (RFC 4511, appendix A) that are told apart.</summary>
internal static class LdapResultCode
{
    public const int Success = 0;
    public const int SizeLimitExceeded = 4;
    public const int ConstraintViolation = 19;
    public const int NoSuchObject = 32;
    public const int InvalidDnSyntax = 34;
    public const int InappropriateAuthentication = 48;
    public const int InvalidCredentials = 49;
    public const int UnwillingToPerform = 53;
}

/// <summary>What the password policy of the directory says beside a bind's result.</summary>
internal enum PasswordPolicyError
{
    PasswordExpired = 0,
    AccountLocked = 1,
    ChangeAfterReset = 2,
}

/// <summary>How a request ended.</summary>
/// <param name="Code">Result code.</param>
/// <param name="Diagnostic">The server's words.</param>
internal sealed record LdapResult(int Code, string Diagnostic)
{
    /// <summary>What the password policy says, if it says something.</summary>
    public int? PolicyError { get; init; }

    /// <summary>The entries of a search.</summary>
    public IReadOnlyList<LdapEntry> Entries { get; init; } = [];
}

/// <summary>An entry that a search found.</summary>
/// <param name="Dn">Its DN, as the server spells it.</param>
/// <param name="Attributes">Its attributes, by name in any letter case.</param>
internal sealed record LdapEntry(string Dn, IReadOnlyDictionary<string, IReadOnlyList<byte[]>> Attributes)
{
    /// <summary>The values of an attribute as texts; what is no UTF-8 is left out.</summary>
    public IReadOnlyList<string> Texts(string attribute) =>
        [.. Bytes(attribute).Where(value => System.Text.Unicode.Utf8.IsValid(value)).Select(Encoding.UTF8.GetString)];

    /// <summary>The values of an attribute.</summary>
    public IReadOnlyList<byte[]> Bytes(string attribute) => Attributes.TryGetValue(attribute, out var values) ? values : [];
}

/// <summary>One message of a server.</summary>
/// <param name="Id">The request that it answers; 0 for a notice.</param>
/// <param name="Entry">An entry of a search.</param>
/// <param name="Result">The end of a request. Neither: a reference to another server, which is not followed.</param>
internal readonly record struct LdapResponse(int Id, LdapEntry? Entry, LdapResult? Result)
{
    private const int BindResponse = 1;
    private const int SearchEntry = 4;
    private const int SearchDone = 5;
    private const int SearchReference = 19;
    private const int ExtendedResponse = 24;

    /// <summary>Reads a message.</summary>
    /// <exception cref="AsnContentException">It is none that could answer one of our requests.</exception>
    public static LdapResponse Read(ReadOnlyMemory<byte> bytes)
    {
        var message = new AsnReader(bytes, AsnEncodingRules.BER).ReadSequence();
        if (!message.TryReadInt32(out var id) || id < 0)
        {
            throw new AsnContentException("The message has no number.");
        }

        var tag = message.PeekTag();
        if (tag.TagClass != TagClass.Application)
        {
            throw new AsnContentException("The message is no answer.");
        }

        var body = message.ReadSequence(tag);
        return tag.TagValue switch
        {
            SearchEntry => new LdapResponse(id, ReadEntry(body), null),
            SearchReference => new LdapResponse(id, null, null),
            BindResponse or SearchDone or ExtendedResponse => new LdapResponse(id, null, ReadResult(body) with { PolicyError = ReadPolicy(message) }),
            _ => throw new AsnContentException("The message is no answer."),
        };
    }

    private static LdapResult ReadResult(AsnReader body)
    {
        var code = body.ReadEnumeratedBytes().Span;
        body.ReadOctetString();
        var diagnostic = Encoding.UTF8.GetString(body.ReadOctetString());
        return new LdapResult(code.Length == 1 ? code[0] : int.MaxValue, diagnostic);
    }

    private static LdapEntry ReadEntry(AsnReader body)
    {
        var dn = Encoding.UTF8.GetString(body.ReadOctetString());
        var attributes = new Dictionary<string, IReadOnlyList<byte[]>>(StringComparer.OrdinalIgnoreCase);
        var list = body.ReadSequence();
        while (list.HasData)
        {
            var attribute = list.ReadSequence();
            var name = Encoding.UTF8.GetString(attribute.ReadOctetString());
            var values = attribute.ReadSetOf();
            var read = new List<byte[]>();
            while (values.HasData)
            {
                read.Add(values.ReadOctetString());
            }

            attributes[name] = read;
        }

        return new LdapEntry(dn, attributes);
    }

    private static int? ReadPolicy(AsnReader message)
    {
        var controlsTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!message.HasData || !message.PeekTag().HasSameClassAndValue(controlsTag))
        {
            return null;
        }

        var controls = message.ReadSequence(controlsTag);
        while (controls.HasData)
        {
            var control = controls.ReadSequence();
            var isPolicy = Encoding.UTF8.GetString(control.ReadOctetString()) == LdapRequests.PasswordPolicyOid;
            if (control.HasData && control.PeekTag() == Asn1Tag.Boolean)
            {
                control.ReadBoolean();
            }

            if (isPolicy && control.HasData)
            {
                return ReadPolicyValue(control.ReadOctetString());
            }
        }

        return null;
    }

    private static int? ReadPolicyValue(byte[] value)
    {
        var errorTag = new Asn1Tag(TagClass.ContextSpecific, 1);
        var policy = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
        while (policy.HasData)
        {
            if (policy.PeekTag().HasSameClassAndValue(errorTag))
            {
                var error = policy.ReadEnumeratedBytes(errorTag).Span;
                return error.Length == 1 ? error[0] : null;
            }

            policy.ReadEncodedValue();
        }

        return null;
    }
}
