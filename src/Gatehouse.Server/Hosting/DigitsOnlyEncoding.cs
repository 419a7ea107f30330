using System.Text;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// Reads a <c>Content-Length</c> so that only digits come out as digits. Kestrel would take <c>+5</c> for 5, where
/// another server sees a malformed field (HTT-10); what comes out of here for it is no number.
/// </summary>
internal sealed class DigitsOnlyEncoding : Encoding
{
    private const char NoDigit = 'x';

    public static DigitsOnlyEncoding Instance { get; } = new();

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => throw new NotSupportedException();

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        for (var i = 0; i < byteCount; i++)
        {
            var character = (char)bytes[byteIndex + i];
            chars[charIndex + i] = char.IsAsciiDigit(character) ? character : NoDigit;
        }

        return byteCount;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;
}
