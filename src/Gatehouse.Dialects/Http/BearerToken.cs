using System.Buffers;

namespace Gatehouse.Dialects.Http;

/// <summary>The field value <c>Bearer &lt;token&gt;</c> (HTT-57, HTT-58; RFC 6750 section 2.1).</summary>
public static class BearerToken
{
    private const string Scheme = "Bearer";
    private const int MaximumLength = 16 * 1024;
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

    /// <summary>Whether a field value names the scheme, in whatever letter case, alone or before a blank.</summary>
    public static bool HasScheme(ReadOnlySpan<char> value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == Scheme.Length || value[Scheme.Length] == ' ');

    /// <summary>Reads a whole field value.</summary>
    /// <returns>The token, or null when the value is malformed.</returns>
    public static string? Read(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var trimmed = value.AsSpan().Trim(' ');
        if (value.Length > MaximumLength || !HasScheme(trimmed))
        {
            return null;
        }

        var token = trimmed[Scheme.Length..].TrimStart(' ');
        var characters = token.TrimEnd('=');
        return characters.IsEmpty || characters.ContainsAnyExcept(TokenCharacters) ? null : token.ToString();
    }
}
