using System.Buffers;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>What a caller probably did wrong: for the operator's log, never for the answer (OI-122).</summary>
internal static class BearerHint
{
    public const string TypographicQuotes = "typographic-quotes";
    public const string NotWrapped = "not-wrapped";
    public const string WrappedTwice = "wrapped-twice";
    public const string JsonWebToken = "json-web-token";

    private const int JsonWebTokenParts = 3;
    private static readonly SearchValues<char> Quotes = SearchValues.Create("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb");

    /// <summary>The hint for a bearer that could not be read.</summary>
    public static string? OfMalformed(string value)
    {
        if (Guid.TryParseExact(value, "D", out _) || ApiToken.HasShape(value))
        {
            return NotWrapped;
        }

        if (value.StartsWith("eyJ", StringComparison.Ordinal) && value.Split('.', JsonWebTokenParts + 1).Length == JsonWebTokenParts)
        {
            return JsonWebToken;
        }

        return StandardBase64.TryDecodeText(value, paddingRequired: false, out var text) && text.AsSpan().ContainsAny(Quotes) ? TypographicQuotes : null;
    }

    /// <summary>The hint for a token that nobody knows.</summary>
    public static string? OfUnknown(string token) => WrappedBearer.Read(token) is null ? null : WrappedTwice;
}
