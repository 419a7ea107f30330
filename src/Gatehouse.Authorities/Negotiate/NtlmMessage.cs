using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>What a message of NTLM says before anybody checked it (MS-NLMP, section 2.2.1).</summary>
/// <param name="Type">1 begins, 3 proves.</param>
/// <param name="Domain">Of type 3: the domain that is claimed; may be empty.</param>
/// <param name="User">Of type 3: the name that is claimed; empty is anonymous.</param>
internal sealed record NtlmMessage(int Type, string Domain, string User)
{
    public const int Negotiate = 1;
    public const int Authenticate = 3;

    private const int TypeOffset = 8;
    private const int NegotiateFlagsOffset = 12;
    private const int DomainOffset = 28;
    private const int UserOffset = 36;
    private const int FlagsOffset = 60;
    private const int NegotiateLength = 16;
    private const int AuthenticateLength = 64;
    private const uint UnicodeFlag = 1;

    // Both are far above what a directory allows.
    private const int MaximumNameBytes = 512;

    private static ReadOnlySpan<byte> Signature => "NTLMSSP\0"u8;

    public static bool HasSignature(ReadOnlySpan<byte> message) => message.StartsWith(Signature);

    /// <summary>Reads a message of a client.</summary>
    /// <returns>
    /// Null for anything but a well-formed NEGOTIATE or AUTHENTICATE in Unicode. The older character sets are refused: what name
    /// they mean would be a matter of opinion between this reader and the library's, and guesses are counted by the name.
    /// </returns>
    public static NtlmMessage? Read(ReadOnlySpan<byte> message)
    {
        if (!HasSignature(message) || message.Length < NegotiateLength)
        {
            return null;
        }

        switch (BinaryPrimitives.ReadUInt32LittleEndian(message[TypeOffset..]))
        {
            case Negotiate:
                return HasUnicode(message[NegotiateFlagsOffset..]) ? new NtlmMessage(Negotiate, "", "") : null;
            case Authenticate:
                return message.Length >= AuthenticateLength && HasUnicode(message[FlagsOffset..])
                    && TryReadText(message, DomainOffset, out var domain) && TryReadText(message, UserOffset, out var user)
                        ? new NtlmMessage(Authenticate, domain, user)
                        : null;
            default:
                return null;
        }
    }

    private static bool HasUnicode(ReadOnlySpan<byte> flags) => (BinaryPrimitives.ReadUInt32LittleEndian(flags) & UnicodeFlag) != 0;

    private static bool TryReadText(ReadOnlySpan<byte> message, int at, out string text)
    {
        text = "";
        var length = BinaryPrimitives.ReadUInt16LittleEndian(message[at..]);
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(message[(at + 4)..]);
        if (length > MaximumNameBytes || length % 2 != 0 || (length > 0 && (offset < AuthenticateLength || offset + (long)length > message.Length)))
        {
            return false;
        }

        // Some clients count a NUL in; some libraries hand it on.
        text = Encoding.Unicode.GetString(message.Slice(length == 0 ? 0 : (int)offset, length)).TrimEnd('\0');
        return !text.Contains('\0', StringComparison.Ordinal) && !text.Contains('\\', StringComparison.Ordinal);
    }
}
