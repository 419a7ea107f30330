using System.Text;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// How <c>Content-Length</c> is read: digits are digits, and everything else is something that is no number. Kestrel's
/// own reading takes a sign, too; another server on the way may not, and would see the request end elsewhere (HTT-10).
/// </summary>
internal sealed class DigitsOnlyEncoding : Encoding
{
    private const char NoDigit = 'x';

    private DigitsOnlyEncoding()
    {
    }

    public static DigitsOnlyEncoding Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        // What does not fit is longer than any number.
        var length = Math.Min(bytes.Length, chars.Length);
        for (var i = 0; i < length; i++)
        {
            chars[i] = char.IsAsciiDigit((char)bytes[i]) ? (char)bytes[i] : NoDigit;
        }

        return length;
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetMaxCharCount(int byteCount) => byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => ASCII.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => ASCII.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => ASCII.GetMaxByteCount(charCount);
}
