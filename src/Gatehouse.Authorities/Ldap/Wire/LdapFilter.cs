using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>
/// A search filter. What somebody typed becomes a value of it, as bytes on the wire; it is never put into a text that is read as a
/// filter afterwards, so there is nothing that could escape from it (ATK-12). Only the operator's own filter is read from text (RFC 4515).
/// </summary>
internal abstract class LdapFilter
{
    private static readonly Asn1Tag And = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Or = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag Not = new(TagClass.ContextSpecific, 2, isConstructed: true);

    /// <summary>The attribute has the value.</summary>
    public static LdapFilter Equal(string attribute, string value) => new Comparison(3, attribute, Encoding.UTF8.GetBytes(value));

    /// <summary>The attribute has some value.</summary>
    public static LdapFilter Present(string attribute) => new Presence(attribute);

    /// <summary>The attribute matches the value by a rule of the server's.</summary>
    public static LdapFilter Matches(string attribute, string rule, string value) => new Extensible(attribute, rule, isDn: false, Encoding.UTF8.GetBytes(value));

    /// <summary>All of them hold.</summary>
    public static LdapFilter All(params ImmutableArray<LdapFilter> filters) => filters.Length == 1 ? filters[0] : new Many(And, filters);

    /// <summary>One of them holds.</summary>
    public static LdapFilter Any(params ImmutableArray<LdapFilter> filters) => filters.Length == 1 ? filters[0] : new Many(Or, filters);

    /// <summary>Reads the operator's filter.</summary>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out LdapFilter? filter)
    {
        ArgumentNullException.ThrowIfNull(text);
        var position = 0;
        filter = ReadFilter(text, ref position, depth: 0);
        if (filter is not null && position == text.Length)
        {
            return true;
        }

        filter = null;
        return false;
    }

    /// <summary>Writes it as part of a search.</summary>
    public abstract void Write(AsnWriter writer);

    private static LdapFilter? ReadFilter(string text, ref int position, int depth)
    {
        if (depth > 20 || position >= text.Length || text[position] != '(')
        {
            return null;
        }

        position++;
        if (position >= text.Length)
        {
            return null;
        }

        LdapFilter? filter;
        switch (text[position])
        {
            case '&' or '|':
                var tag = text[position++] == '&' ? And : Or;
                var parts = ImmutableArray.CreateBuilder<LdapFilter>();
                while (position < text.Length && text[position] == '(')
                {
                    if (ReadFilter(text, ref position, depth + 1) is not { } part)
                    {
                        return null;
                    }

                    parts.Add(part);
                }

                filter = parts.Count > 0 ? new Many(tag, parts.ToImmutable()) : null;
                break;
            case '!':
                position++;
                filter = ReadFilter(text, ref position, depth + 1) is { } negated ? new Negation(negated) : null;
                break;
            default:
                filter = ReadItem(text, ref position);
                break;
        }

        if (filter is null || position >= text.Length || text[position] != ')')
        {
            return null;
        }

        position++;
        return filter;
    }

    private static LdapFilter? ReadItem(string text, ref int position)
    {
        var end = text.IndexOf(')', position);
        var equals = text.IndexOf('=', position);
        if (end < 0 || equals < 0 || equals > end)
        {
            return null;
        }

        var (left, right) = (text[position..equals], text[(equals + 1)..end]);
        position = end;
        if (left.EndsWith(':'))
        {
            return ReadExtensible(left[..^1], right);
        }

        var kind = left.Length > 0 ? left[^1] : '\0';
        var tag = kind switch { '>' => 5, '<' => 6, '~' => 8, _ => 3 };
        var attribute = tag == 3 ? left : left[..^1];
        if (!AttributeName.IsValid(attribute))
        {
            return null;
        }

        if (tag == 3 && right == "*")
        {
            return new Presence(attribute);
        }

        var pieces = right.Split('*').Select(Unescape).ToList();
        return true switch
        {
            _ when pieces.Contains(null) || right.Contains('(', StringComparison.Ordinal) => null,
            _ when pieces.Count == 1 => new Comparison(tag, attribute, pieces[0]!),
            _ when tag != 3 || pieces[1..^1].Exists(piece => piece!.Length == 0) => null,
            _ => new Substrings(attribute, [.. pieces.Select(piece => piece!)]),
        };
    }

    private static Extensible? ReadExtensible(string left, string right)
    {
        var parts = left.Split(':');
        var isDn = parts.Length > 1 && parts[1].Equals("dn", StringComparison.OrdinalIgnoreCase);
        var rule = parts.Length == (isDn ? 3 : 2) ? parts[^1] : null;
        var valid = parts.Length <= (isDn ? 3 : 2) && (parts[0].Length == 0 ? rule is not null : AttributeName.IsValid(parts[0])) && (rule is null || AttributeName.IsValid(rule));
        return valid && Unescape(right) is { } value ? new Extensible(parts[0], rule, isDn, value) : null;
    }

    private static byte[]? Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                var whole = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, whole));
                i += whole - 1;
                continue;
            }

            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            bytes.Add(value);
            i += 2;
        }

        return [.. bytes];
    }

    private sealed class Many(Asn1Tag tag, ImmutableArray<LdapFilter> filters) : LdapFilter
    {
        public override void Write(AsnWriter writer)
        {
            using (writer.PushSetOf(tag))
            {
                foreach (var filter in filters)
                {
                    filter.Write(writer);
                }
            }
        }
    }

    private sealed class Negation(LdapFilter inner) : LdapFilter
    {
        public override void Write(AsnWriter writer)
        {
            using (writer.PushSequence(Not))
            {
                inner.Write(writer);
            }
        }
    }

    private sealed class Presence(string attribute) : LdapFilter
    {
        public override void Write(AsnWriter writer) => writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute), new Asn1Tag(TagClass.ContextSpecific, 7));
    }

    private sealed class Comparison(int tag, string attribute, byte[] value) : LdapFilter
    {
        public override void Write(AsnWriter writer)
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag, isConstructed: true)))
            {
                writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
                writer.WriteOctetString(value);
            }
        }
    }

    private sealed class Substrings(string attribute, ImmutableArray<byte[]> pieces) : LdapFilter
    {
        public override void Write(AsnWriter writer)
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4, isConstructed: true)))
            {
                writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
                using (writer.PushSequence())
                {
                    for (var i = 0; i < pieces.Length; i++)
                    {
                        if (pieces[i].Length > 0)
                        {
                            writer.WriteOctetString(pieces[i], new Asn1Tag(TagClass.ContextSpecific, i == 0 ? 0 : i == pieces.Length - 1 ? 2 : 1));
                        }
                    }
                }
            }
        }
    }

    private sealed class Extensible(string attribute, string? rule, bool isDn, byte[] value) : LdapFilter
    {
        public override void Write(AsnWriter writer)
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 9, isConstructed: true)))
            {
                if (rule is not null)
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(rule), new Asn1Tag(TagClass.ContextSpecific, 1));
                }

                if (attribute.Length > 0)
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute), new Asn1Tag(TagClass.ContextSpecific, 2));
                }

                writer.WriteOctetString(value, new Asn1Tag(TagClass.ContextSpecific, 3));
                if (isDn)
                {
                    writer.WriteBoolean(value: true, new Asn1Tag(TagClass.ContextSpecific, 4));
                }
            }
        }
    }
}
