using System.Globalization;
using Gatehouse.Core.Text;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>
/// What the product's own file <c>bppmws.properties</c> says about the life of a token (PN-33, PN-38 to PN-45). Other keys
/// are passed over, and their values never shown.
/// </summary>
/// <param name="Hours">The hours it names; null when the key is missing.</param>
/// <param name="MisspeltAt">The line where the key stands in another letter case, and is therefore not read; null when there is none.</param>
/// <param name="Fault">What is wrong with the file, and the remedy; null when it is fine.</param>
internal sealed record LoginExpiry(int? Hours, int? MisspeltAt = null, string? Fault = null)
{
    /// <summary>The product's name for it.</summary>
    public const string Key = "loginExpiryInterval_hrs";

    private const int MaximumBytes = 1024 * 1024;
    private const int MaximumHours = 8_760;
    private const int MaximumShown = 64;

    /// <summary>Reads the file.</summary>
    public static LoginExpiry ReadFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[MaximumBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length > MaximumBytes
                ? Faulty(path, $" is larger than {MaximumBytes} bytes; name the product's own bppmws.properties.")
                : Read(path, bytes.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Faulty(path, " cannot be read; name a file that is there and readable, or remove the option.");
        }
    }

    /// <summary>Reads the file's content.</summary>
    public static LoginExpiry Read(string path, ReadOnlySpan<byte> content)
    {
        if (JavaProperties.Read(content, out var entries) is { } broken)
        {
            return Faulty(path, $", line {broken}: a \\u escape is not followed by four hex digits; write it as \\u0031.");
        }

        // The last one counts (PN-42).
        var named = entries.FindLastIndex(entry => entry.Key == Key);
        if (named < 0)
        {
            var misspelt = entries.FindIndex(entry => entry.Key.Equals(Key, StringComparison.OrdinalIgnoreCase));
            return new LoginExpiry(Hours: null, misspelt < 0 ? null : entries[misspelt].Line);
        }

        var value = entries[named].Value.Trim(' ', '\t', '\f');
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var hours) && hours is >= 1 and <= MaximumHours
            ? new LoginExpiry(hours)
            : Faulty(path, $", line {entries[named].Line}: {Key} is '{TypedText.Escape(TypedText.Cut(value, MaximumShown))}'; write a whole number of hours from 1 to {MaximumHours}.");
    }

    private static LoginExpiry Faulty(string path, string what) => new(Hours: null, Fault: $"'{TypedText.Escape(path)}'{what}");
}
