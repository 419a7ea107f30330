using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gatehouse.Core;

/// <summary>
/// A ULID: 48 bits of milliseconds since 1970 and 80 random bits, written as 26 characters of Crockford's base 32.
/// Names a session in lists, logs and revocations; opens nothing.
/// </summary>
public readonly record struct PublicId : IComparable<PublicId>
{
    /// <summary>Length of the text form, in characters.</summary>
    public const int TextLength = 26;

    /// <summary>Length of the binary form, in bytes.</summary>
    public const int ByteLength = 16;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly UInt128 _value;

    private PublicId(UInt128 value) => _value = value;

    /// <summary>Draws a new id for the given moment.</summary>
    public static PublicId New(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        RandomNumberGenerator.Fill(bytes[6..]);
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return new PublicId(value | ((UInt128)(ulong)now.ToUnixTimeMilliseconds() << 80));
    }

    /// <summary>Reads the 16 bytes that <see cref="ToByteArray"/> wrote.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 16 bytes.</exception>
    public static PublicId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads the 26-character form, in either letter case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PublicId id)
    {
        id = default;
        if (text is not { Length: TextLength } || text[0] > '7')
        {
            return false;
        }

        UInt128 value = 0;
        foreach (var character in text)
        {
            // Outside ASCII there are letters with an upper-case form inside it.
            var digit = char.IsAscii(character) ? Alphabet.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal) : -1;
            if (digit < 0)
            {
                return false;
            }

            value = (value << 5) | (uint)digit;
        }

        id = new PublicId(value);
        return true;
    }

    /// <summary>The 16 bytes, most significant first.</summary>
    public byte[] ToByteArray()
    {
        var bytes = new byte[ByteLength];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(TextLength, _value, static (text, value) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(uint)(value & 31)];
            value >>= 5;
        }
    });

    /// <inheritdoc/>
    public int CompareTo(PublicId other) => _value.CompareTo(other._value);

    /// <summary>Orders by time, then at random.</summary>
    public static bool operator <(PublicId left, PublicId right) => left.CompareTo(right) < 0;

    /// <summary>Orders by time, then at random.</summary>
    public static bool operator >(PublicId left, PublicId right) => left.CompareTo(right) > 0;

    /// <summary>Orders by time, then at random.</summary>
    public static bool operator <=(PublicId left, PublicId right) => left.CompareTo(right) <= 0;

    /// <summary>Orders by time, then at random.</summary>
    public static bool operator >=(PublicId left, PublicId right) => left.CompareTo(right) >= 0;
}
