namespace Gatehouse.Authorities.Negotiate;

/// <summary>Reads DER by tag and definite length, within bounds: all that the outer layers of a handshake need.</summary>
internal ref struct DerReader(ReadOnlySpan<byte> content)
{
    private const int LongestLengthOctets = 3;
    private ReadOnlySpan<byte> _rest = content;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The tag of the next element; 0 at the end.</summary>
    public readonly byte Next => _rest.IsEmpty ? (byte)0 : _rest[0];

    /// <summary>Reads the next element if it has the tag.</summary>
    /// <returns>False when it has another one, or is not in order.</returns>
    public bool TryRead(byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_rest.Length < 2 || _rest[0] != tag)
        {
            return false;
        }

        int length = _rest[1];
        var at = 2;
        if (length >= 0x80)
        {
            var octets = length & 0x7f;
            if (octets is 0 or > LongestLengthOctets || _rest.Length < 2 + octets || _rest[2] == 0)
            {
                return false;
            }

            length = 0;
            for (; at < 2 + octets; at++)
            {
                length = (length << 8) | _rest[at];
            }

            if (length < 0x80)
            {
                return false;
            }
        }

        if (_rest.Length - at < length)
        {
            return false;
        }

        content = _rest.Slice(at, length);
        _rest = _rest[(at + length)..];
        return true;
    }
}
