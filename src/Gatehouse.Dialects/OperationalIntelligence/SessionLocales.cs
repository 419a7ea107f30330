using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Which of the configured locales a caller asks for (OI-38).</summary>
internal sealed class SessionLocales(OperationalIntelligenceOptions options)
{
    private readonly Dictionary<string, string> _known = KnownOf(options.Locales);

    /// <summary>The locale of callers who ask for none.</summary>
    public string Default { get; } = options.DefaultLocale;

    /// <summary>Reads <c>Accept-Language</c>: its first tag, or that tag's language alone.</summary>
    /// <returns>The locale in the spelling of the options; null when the header names none of them.</returns>
    public string? Find(StringValues acceptLanguage)
    {
        var text = acceptLanguage.ToString();
        var first = text.AsSpan(0, End(text, ','));
        var tag = first[..End(first, ';')].Trim(" \t");
        return _known.GetValueOrDefault(KeyOf(tag)) ?? _known.GetValueOrDefault(KeyOf(tag[..End(tag, '-', '_')]));
    }

    private static Dictionary<string, string> KnownOf(IReadOnlyList<string> locales)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var locale in locales)
        {
            known.TryAdd(KeyOf(locale), locale);
        }

        return known;
    }

    private static string KeyOf(ReadOnlySpan<char> tag) => tag.ToString().Replace('-', '_').ToLowerInvariant();

    private static int End(ReadOnlySpan<char> text, params ReadOnlySpan<char> ends)
    {
        var end = text.IndexOfAny(ends);
        return end < 0 ? text.Length : end;
    }
}
