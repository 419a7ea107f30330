using System.Collections.Frozen;
using System.Text;
using Gatehouse.Core.Text;

namespace Gatehouse.Core.Passwords;

/// <summary>What a password may be when it is set (HTT-75 to HTT-77; NIST SP 800-63B-4): long, and not a known one.</summary>
public sealed class PasswordPolicy
{
    /// <summary>Longest password that may be set, in code points.</summary>
    public const int MaximumLength = 128;

    private static readonly string[] BuiltIn =
    [
        "passwordpassword", "123456789012345", "1234567890123456", "12345678901234567890", "qwertyuiopasdfgh",
        "qwertyuiopasdfghjkl", "iloveyouiloveyou", "administrator123", "administrator1234", "changemechangeme",
        "password12345678", "passw0rdpassw0rd", "qwertyqwertyqwerty", "letmeinletmeinletmein", "welcomewelcome1",
        "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "asdfghjklasdfghjkl", "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv",
        "correcthorsebatterystaple", "correct horse battery staple", "thisisapassword", "administratoradministrator",
    ];

    private readonly int _minimum;
    private readonly FrozenSet<string> _known;

    /// <summary>Makes the policy; reads the blocklist file, if one is named.</summary>
    /// <exception cref="IOException">The blocklist cannot be read.</exception>
    public PasswordPolicy(PasswordOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _minimum = options.MinimumLength;
        var listed = options.Blocklist is { } file ? File.ReadLines(file) : [];
        _known = BuiltIn.Concat(listed).Select(Fold).Where(word => word.Length > 0).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Says what is wrong with a password for an account.</summary>
    /// <returns>One sentence for the operator, or null.</returns>
    public string? FaultOf(string password, string accountName)
    {
        if (!TypedText.TryNormalize(password, out var normal))
        {
            return "The password is not valid Unicode.";
        }

        var length = TypedText.Length(normal);
        return true switch
        {
            _ when length == 0 => "The password is empty.",
            _ when string.IsNullOrWhiteSpace(normal) => "The password is blank.",
            _ when length < _minimum => $"The password is shorter than {_minimum} characters (Gatehouse:Passwords:MinimumLength).",
            _ when length > MaximumLength => $"The password is longer than {MaximumLength} characters.",
            _ when TypedText.HasControl(normal) => "The password holds a control character.",
            _ when IsKnown(normal, accountName) => "The password is a known password; choose another one.",
            _ => null,
        };
    }

    private bool IsKnown(string password, string accountName)
    {
        var folded = Fold(password);
        return _known.Contains(folded) || Repeats(folded, Fold(accountName)) || Repeats(folded, "gatehouse")
            || folded.EnumerateRunes().Distinct().Count() == 1;
    }

    private static bool Repeats(string password, string word)
    {
        if (word.Length == 0 || password.Length % word.Length != 0)
        {
            return false;
        }

        for (var i = 0; i < password.Length; i += word.Length)
        {
            if (string.CompareOrdinal(password, i, word, 0, word.Length) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static string Fold(string text) =>
        TypedText.TryNormalize(text, out var normal) ? normal.ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormC) : "";
}
