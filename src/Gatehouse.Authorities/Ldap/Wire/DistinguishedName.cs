using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Gatehouse.Core.Text;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>
/// A distinguished name (RFC 4514), read so that two spellings of one name are equal: letter case, blanks around, repeated blanks
/// and the way of escaping make no difference.
/// </summary>
internal sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    private const string Special = ",+\"\\<>;=#";
    private readonly ImmutableArray<string> _folded;

    private DistinguishedName(string text, ImmutableArray<string> folded, ImmutableArray<(string Attribute, string Value)> first) =>
        (Text, _folded, First) = (text, folded, first);

    /// <summary>The name as it came.</summary>
    public string Text { get; }

    /// <summary>The attributes and values of the entry's own part.</summary>
    public ImmutableArray<(string Attribute, string Value)> First { get; }

    /// <summary>Reads a name.</summary>
    /// <returns>False when it is none, or names nothing.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out DistinguishedName? name)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = null;
        var parts = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<(string Attribute, string Value)> first = default;
        var position = 0;
        while (true)
        {
            var values = ImmutableArray.CreateBuilder<(string Attribute, string Value)>();
            char end;
            do
            {
                if (!TryReadPair(text, ref position, out var pair, out end))
                {
                    return false;
                }

                values.Add(pair);
            }
            while (end == '+');

            first = first.IsDefault ? values.ToImmutable() : first;
            parts.Add(string.Join('+', values.Select(Fold).Order(StringComparer.Ordinal)));
            if (end == '\0')
            {
                name = new DistinguishedName(text, parts.ToImmutable(), first);
                return true;
            }
        }
    }

    /// <summary>Escapes a value so that it stays one value wherever it is put in a name.</summary>
    public static string Escape(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var escaped = new StringBuilder(value.Length + 8);
        for (var i = 0; i < value.Length; i++)
        {
            var character = value[i];
            if (character < ' ' || character == '\u007f')
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\{(int)character:X2}");
                continue;
            }

            if (Special.Contains(character, StringComparison.Ordinal) || (character == ' ' && (i == 0 || i == value.Length - 1)))
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        return escaped.ToString();
    }

    /// <summary>Whether the entry stands below another one.</summary>
    public bool IsBelow(DistinguishedName other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _folded.Length > other._folded.Length && _folded.AsSpan()[^other._folded.Length..].SequenceEqual(other._folded.AsSpan(), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public bool Equals(DistinguishedName? other) => other is not null && _folded.AsSpan().SequenceEqual(other._folded.AsSpan(), StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_folded[0]);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TryReadPair(string text, ref int position, out (string Attribute, string Value) pair, out char end)
    {
        (pair, end) = (default, '\0');
        var equals = text.IndexOf('=', position);
        if (equals < 0)
        {
            return false;
        }

        var attribute = text[position..equals].Trim();
        if (!AttributeName.IsValid(attribute))
        {
            return false;
        }

        var bytes = new List<byte>();
        var significant = 0;
        for (position = equals + 1; position < text.Length; position++)
        {
            var character = text[position];
            if (character is ',' or '+' or ';')
            {
                end = character == ';' ? ',' : character;
                position++;
                break;
            }

            if (character == '\\')
            {
                if (!TryReadEscaped(text, ref position, bytes))
                {
                    return false;
                }

                significant = bytes.Count;
                continue;
            }

            if (character is '"' or '<' or '>' or '\0')
            {
                return false;
            }

            // Blanks around a value do not belong to it unless they are escaped.
            if (character == ' ' && bytes.Count == 0)
            {
                continue;
            }

            var whole = char.IsHighSurrogate(character) && position + 1 < text.Length ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text, position, whole));
            position += whole - 1;
            significant = character == ' ' ? significant : bytes.Count;
        }

        pair = (attribute, Encoding.UTF8.GetString([.. bytes[..significant]]));
        return pair.Value.Length > 0;
    }

    private static bool TryReadEscaped(string text, ref int position, List<byte> bytes)
    {
        if (position + 1 >= text.Length)
        {
            return false;
        }

        if (position + 2 < text.Length && byte.TryParse(text.AsSpan(position + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            bytes.Add(value);
            position += 2;
            return true;
        }

        position++;
        bytes.AddRange(Encoding.UTF8.GetBytes(text[position].ToString()));
        return true;
    }

    private static string Fold((string Attribute, string Value) pair)
    {
        var words = string.Join(' ', pair.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var key = CanonicalName.TryRead(words, out var canonical) ? canonical.Key : words;
        return $"{pair.Attribute.ToLowerInvariant()}={Escape(key)}";
    }
}
