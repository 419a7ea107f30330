using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Storage.Postgres;

/// <summary>Texts as PostgreSQL takes them: valid Unicode without U+0000.</summary>
internal static class PostgresText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text, with what the database would refuse replaced: a caller's bytes must never make a change fail.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Storable(string? text) => text is null || IsStorable(text)
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));

    private static bool IsStorable(string text)
    {
        // EnumerateRunes makes U+FFFD of half a surrogate pair.
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is 0 or Replacement)
            {
                return false;
            }
        }

        return true;
    }
}
