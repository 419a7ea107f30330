using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Where a leg stands in its handshake.</summary>
internal enum LegKind
{
    /// <summary>The first one.</summary>
    First,

    /// <summary>A later one, of the mechanism that was begun with.</summary>
    Later,
}

/// <summary>
/// What a leg is, read before the security library sees it: only what is understood here is handed on, so that no
/// mechanism is tried that the door does not take (MIC-100), and no password is checked whose owner is not known (HTT-88).
/// </summary>
/// <param name="Kind">Where it stands.</param>
/// <param name="Offered">The mechanisms of a first leg, first choice first; of a later leg none.</param>
/// <param name="Ntlm">The message of NTLM in it, if there is one.</param>
internal sealed record HandshakeLeg(LegKind Kind, IReadOnlyList<HandshakeMechanisms> Offered, NtlmMessage? Ntlm)
{
    private const byte InitialTag = 0x60;
    private const byte OidTag = 0x06;
    private const byte SequenceTag = 0x30;
    private const byte OctetsTag = 0x04;
    private const byte NegTokenInitTag = 0xa0;
    private const byte NegTokenRespTag = 0xa1;
    private const byte Field0 = 0xa0;
    private const byte Field1 = 0xa1;
    private const byte Field2 = 0xa2;
    private const byte Field3 = 0xa3;
    private const int MostMechanisms = 16;

    /// <summary>Reads a leg: SPNEGO (RFC 4178), bare Kerberos (RFC 4121), or bare NTLM.</summary>
    /// <returns>Null for anything else.</returns>
    public static HandshakeLeg? Read(ReadOnlySpan<byte> token)
    {
        if (NtlmMessage.HasSignature(token))
        {
            return Of(NtlmMessage.Read(token));
        }

        var reader = new DerReader(token);
        if (reader.TryRead(NegTokenRespTag, out var response))
        {
            return reader.IsAtEnd ? ReadResponse(response) : null;
        }

        if (!reader.TryRead(InitialTag, out var initial) || !reader.IsAtEnd)
        {
            return null;
        }

        var inner = new DerReader(initial);
        return !inner.TryRead(OidTag, out var oid) ? null
            : IsSame(oid, MechanismOids.Kerberos) ? new HandshakeLeg(LegKind.First, [HandshakeMechanisms.Kerberos], null)
            : IsSame(oid, MechanismOids.Spnego) && inner.TryRead(NegTokenInitTag, out var init) && inner.IsAtEnd ? ReadInit(init)
            : null;
    }

    private static HandshakeLeg? Of(NtlmMessage? message) => message is null ? null
        : message.Type == NtlmMessage.Negotiate ? new HandshakeLeg(LegKind.First, [HandshakeMechanisms.Ntlm], message)
        : new HandshakeLeg(LegKind.Later, [], message);

    /// <summary>NegTokenInit: mechTypes [0], reqFlags [1], mechToken [2], mechListMIC [3], of which the last three may be left out.</summary>
    private static HandshakeLeg? ReadInit(ReadOnlySpan<byte> init)
    {
        var outer = new DerReader(init);
        if (!outer.TryRead(SequenceTag, out var sequence) || !outer.IsAtEnd)
        {
            return null;
        }

        var fields = new DerReader(sequence);
        if (!fields.TryRead(Field0, out var types) || ReadMechanisms(types) is not { } offered)
        {
            return null;
        }

        if (fields.Next == Field1 && !fields.TryRead(Field1, out _))
        {
            return null;
        }

        var token = ReadOnlySpan<byte>.Empty;
        if (fields.Next == Field2 && (!fields.TryRead(Field2, out var wrapped) || !TryReadOctets(wrapped, out token)))
        {
            return null;
        }

        if ((fields.Next == Field3 && !fields.TryRead(Field3, out _)) || !fields.IsAtEnd)
        {
            return null;
        }

        // The token along with the list is the first choice's; a proof has no business in it.
        var ntlm = NtlmMessage.HasSignature(token) ? NtlmMessage.Read(token) : null;
        return NtlmMessage.HasSignature(token) && ntlm is not { Type: NtlmMessage.Negotiate } ? null : new HandshakeLeg(LegKind.First, offered, ntlm);
    }

    private static List<HandshakeMechanisms>? ReadMechanisms(ReadOnlySpan<byte> types)
    {
        var outer = new DerReader(types);
        if (!outer.TryRead(SequenceTag, out var list) || !outer.IsAtEnd)
        {
            return null;
        }

        var found = new List<HandshakeMechanisms>();
        var items = new DerReader(list);
        while (!items.IsAtEnd)
        {
            if (found.Count == MostMechanisms || !items.TryRead(OidTag, out var oid))
            {
                return null;
            }

            found.Add(IsSame(oid, MechanismOids.Kerberos) || IsSame(oid, MechanismOids.KerberosOfWindows) ? HandshakeMechanisms.Kerberos
                : IsSame(oid, MechanismOids.Ntlm) ? HandshakeMechanisms.Ntlm
                : HandshakeMechanisms.None);
        }

        return found;
    }

    /// <summary>NegTokenResp: negState [0], supportedMech [1], responseToken [2], mechListMIC [3], each of which may be left out.</summary>
    private static HandshakeLeg? ReadResponse(ReadOnlySpan<byte> response)
    {
        var outer = new DerReader(response);
        if (!outer.TryRead(SequenceTag, out var sequence) || !outer.IsAtEnd)
        {
            return null;
        }

        var fields = new DerReader(sequence);
        var token = ReadOnlySpan<byte>.Empty;
        foreach (var field in (ReadOnlySpan<byte>)[Field0, Field1, Field2, Field3])
        {
            if (fields.Next == field && (!fields.TryRead(field, out var content) || (field == Field2 && !TryReadOctets(content, out token))))
            {
                return null;
            }
        }

        if (!fields.IsAtEnd)
        {
            return null;
        }

        if (!NtlmMessage.HasSignature(token))
        {
            return new HandshakeLeg(LegKind.Later, [], null);
        }

        // A client whose first choice was not taken begins NTLM here.
        return NtlmMessage.Read(token) is { } message ? new HandshakeLeg(LegKind.Later, [], message) : null;
    }

    private static bool TryReadOctets(ReadOnlySpan<byte> wrapped, out ReadOnlySpan<byte> octets)
    {
        var reader = new DerReader(wrapped);
        return reader.TryRead(OctetsTag, out octets) && reader.IsAtEnd;
    }

#pragma warning disable RS0030 // Object identifiers are no secrets.
    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => one.SequenceEqual(other);
#pragma warning restore RS0030
}
