using System.Text.Json;
using System.Text.Unicode;

namespace Gatehouse.Core.Tokens;

/// <summary>
/// The header of a token: <c>alg</c>, <c>typ</c> and <c>kid</c>, each once, and nothing else. So <c>crit</c>, <c>b64</c>,
/// <c>zip</c>, <c>enc</c>, and all that would bring or point to a key (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>) is refused
/// without being looked at.
/// </summary>
internal static class JwtHeader
{
    private const string TypePrefix = "application/";

    /// <summary>Reads a header.</summary>
    /// <param name="utf8">The header.</param>
    /// <param name="type">The expected kind.</param>
    /// <param name="keyId">The name of the key; a part of <paramref name="utf8"/>.</param>
    public static bool TryReadKeyId(ReadOnlySpan<byte> utf8, string type, out ReadOnlySpan<byte> keyId)
    {
        keyId = default;
        if (!Utf8.IsValid(utf8))
        {
            return false;
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 1 });
        var (algorithm, kind, named) = (false, false, false);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isAlgorithm = reader.ValueTextEquals("alg"u8);
                var isKind = reader.ValueTextEquals("typ"u8);
                var isKey = reader.ValueTextEquals("kid"u8);
                if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                {
                    return false;
                }

                if (isAlgorithm && !algorithm && reader.ValueTextEquals("ES256"u8))
                {
                    algorithm = true;
                }
                else if (isKind && !kind && IsKind(ref reader, type))
                {
                    kind = true;
                }
                else if (isKey && !named && !reader.ValueIsEscaped)
                {
                    named = true;
                    keyId = reader.ValueSpan;
                }
                else
                {
                    return false;
                }
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && algorithm && kind && named;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second one is how the reader reports half a surrogate pair.
            return false;
        }
    }

    /// <summary>RFC 9068 section 4: with the prefix or without it.</summary>
    private static bool IsKind(ref Utf8JsonReader reader, string type) =>
        reader.ValueTextEquals(type)
        || (!reader.ValueIsEscaped && reader.ValueSpan.StartsWith("application/"u8) && System.Text.Ascii.Equals(reader.ValueSpan[TypePrefix.Length..], type));
}
