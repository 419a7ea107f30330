using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gatehouse.Core.Tokens;

/// <summary>The claims of a token whose signature is verified: each once, each of its type, times as whole numbers.</summary>
internal struct JwtPayload
{
    private const int MaximumDepth = 4;
    private const int MaximumClaims = 32;
    private const long MaximumNumber = 1L << 53;
    private const int AheadSeconds = 60;

    private long? _expires;
    private long? _notBefore;
    private long? _issuedAt;
    private string? _subject;
    private bool _issuer;
    private bool _audience;

    /// <summary><c>jti</c></summary>
    public string? Id { get; private set; }

    /// <summary>Reads a payload, and compares issuer and audience with what is expected.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, JwtExpectation expected, out JwtPayload payload)
    {
        payload = default;
        if (!Utf8.IsValid(utf8))
        {
            return false;
        }

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                && payload.ReadClaims(ref reader, utf8, expected)
                && reader.TokenType == JsonTokenType.EndObject && !reader.Read()
                && payload is { _issuer: true, _audience: true, _expires: not null, _subject: not null, Id: not null };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether it is valid at a moment: before <c>exp</c>, from <c>nbf</c> on, not issued in the future (HTT-129).</summary>
    public readonly bool HoldsAt(DateTimeOffset now)
    {
        // In milliseconds, and divided rather than multiplied: no number in a token overflows anything.
        var milliseconds = now.ToUnixTimeMilliseconds();
        var seconds = Math.DivRem(milliseconds, 1_000).Quotient;
        return seconds < _expires && !(_notBefore > seconds) && !(_issuedAt > seconds + AheadSeconds);
    }

    /// <summary>What is needed of it.</summary>
    public readonly bool ToVerified(PublicId id, out VerifiedJwt verified)
    {
        var longest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        verified = new VerifiedJwt(id, _subject!, DateTimeOffset.FromUnixTimeSeconds(_issuedAt ?? 0), DateTimeOffset.FromUnixTimeSeconds(Math.Min(_expires!.Value, longest)));
        return true;
    }

    private bool ReadClaims(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, JwtExpectation expected)
    {
        Span<(int Start, int Length)> names = stackalloc (int, int)[MaximumClaims];
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // We never write a name with an escape: two spellings of one name do not come up.
            var name = reader.ValueSpan;
            if (reader.ValueIsEscaped || count == MaximumClaims || IsAmong(names[..count], utf8, name))
            {
                return false;
            }

            names[count++] = ((int)reader.TokenStartIndex + 1, name.Length);
            if (!reader.Read() || !ReadClaim(ref reader, name, expected))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAmong(ReadOnlySpan<(int Start, int Length)> names, ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> name)
    {
        foreach (var (start, length) in names)
        {
            if (length == name.Length && utf8[start..].StartsWith(name))
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadClaim(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, JwtExpectation expected) => true switch
    {
        _ when Ascii.Equals(name, "exp") => TryReadNumber(ref reader, out _expires),
        _ when Ascii.Equals(name, "nbf") => TryReadNumber(ref reader, out _notBefore),
        _ when Ascii.Equals(name, "iat") => TryReadNumber(ref reader, out _issuedAt),
        _ when Ascii.Equals(name, "iss") => _issuer = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(expected.Issuer),
        _ when Ascii.Equals(name, "aud") => _audience = IsFor(ref reader, expected.Audiences),
        _ when Ascii.Equals(name, "sub") => (_subject = TextOf(ref reader)) is not null,
        _ when Ascii.Equals(name, "jti") => (Id = TextOf(ref reader)) is not null,
        _ => SkipChecked(ref reader),
    };

    private static string? TextOf(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    /// <summary>Digits and nothing else: no sign, no fraction, no exponent.</summary>
    private static bool TryReadNumber(ref Utf8JsonReader reader, out long? number)
    {
        var isWhole = reader.TokenType == JsonTokenType.Number
            && !reader.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && reader.TryGetInt64(out var value)
            && value <= MaximumNumber;
        number = isWhole ? reader.GetInt64() : null;
        return isWhole;
    }

    private static bool IsFor(ref Utf8JsonReader reader, IReadOnlyList<string> audiences)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return IsOneOf(ref reader, audiences);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            found |= IsOneOf(ref reader, audiences);
        }

        return reader.TokenType == JsonTokenType.EndArray && found;
    }

    private static bool IsOneOf(ref Utf8JsonReader reader, IReadOnlyList<string> audiences)
    {
        foreach (var audience in audiences)
        {
            if (reader.ValueTextEquals(audience))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Skips a claim that decides nothing, and looks at every string in it all the same.</summary>
    private static bool SkipChecked(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            reader.GetString();
        }

        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return true;
        }

        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                reader.GetString();
            }
        }

        return true;
    }
}
