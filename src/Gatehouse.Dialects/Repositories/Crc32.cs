namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// CRC-32 as in Ethernet, zip and PNG (ISO/IEC 8802-3; the reflected polynomial 0x04C11DB7): bit by bit, for texts that
/// are hashed once per change. The check value, of <c>123456789</c>, is 0xCBF43926.
/// </summary>
internal static class Crc32
{
    private const uint ReflectedPolynomial = 0xEDB88320;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var remainder = uint.MaxValue;
        foreach (var octet in bytes)
        {
            remainder ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 0 ? remainder >> 1 : (remainder >> 1) ^ ReflectedPolynomial;
            }
        }

        return ~remainder;
    }
}
