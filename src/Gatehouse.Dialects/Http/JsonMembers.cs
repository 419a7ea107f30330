using System.Text.Json;

namespace Gatehouse.Dialects.Http;

/// <summary>A top-level member of a JSON object, in the order in which it was sent.</summary>
/// <param name="Name">Its name, unescaped.</param>
/// <param name="Kind">Type of its value.</param>
/// <param name="Text">Its value: a string unescaped, any other scalar as sent, null for objects and arrays.</param>
public readonly record struct JsonMember(string Name, JsonValueKind Kind, string? Text)
{
    /// <summary>Where its value stands in the text that was read, in bytes: the whole token, object or array as it was sent.</summary>
    public Range Raw { get; init; }

    /// <summary>Where the whole member stands in that text, from its name to the end of its value.</summary>
    public Range Whole { get; init; }
}

/// <summary>
/// Reads one JSON object the strict way (RFC 8259): UTF-8 without mark, no comments, no trailing commas or text, bounded
/// depth, no half surrogate pairs. Members that come twice are all there: what that means is the dialect's affair.
/// </summary>
public static class JsonMembers
{
    /// <summary>Reads the members of an object.</summary>
    /// <param name="utf8">The whole text.</param>
    /// <param name="maximumDepth">Deepest nesting, the object itself included.</param>
    /// <returns>Null when the text is not one object.</returns>
    public static List<JsonMember>? Read(ReadOnlySpan<byte> utf8, int maximumDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maximumDepth });
        var members = new List<JsonMember>();
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                var whole = (int)reader.TokenStartIndex;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var member = ReadValue(ref reader, name);
                var end = (int)reader.BytesConsumed;
                members.Add(member with { Raw = start..end, Whole = whole..end });
            }

            // Nothing may follow but white space.
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? members : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second one is how the reader reports half a surrogate pair.
            return null;
        }
    }

    /// <summary>What to cut out of the text so that one member is gone, with the comma that would be left over.</summary>
    /// <param name="members">All members of the object, as they were read.</param>
    /// <param name="at">Which of them.</param>
    public static Range CutOf(IReadOnlyList<JsonMember> members, int at)
    {
        ArgumentNullException.ThrowIfNull(members);
        return at + 1 < members.Count
            ? members[at].Whole.Start..members[at + 1].Whole.Start
            : (at > 0 ? members[at - 1].Whole.End : members[at].Whole.Start)..members[at].Whole.End;
    }

    private static JsonMember ReadValue(ref Utf8JsonReader reader, string name)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new JsonMember(name, JsonValueKind.String, reader.GetString());
            case JsonTokenType.Number:
                return new JsonMember(name, JsonValueKind.Number, System.Text.Encoding.ASCII.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return new JsonMember(name, JsonValueKind.True, "true");
            case JsonTokenType.False:
                return new JsonMember(name, JsonValueKind.False, "false");
            case JsonTokenType.Null:
                return new JsonMember(name, JsonValueKind.Null, "null");
            default:
                var kind = reader.TokenType == JsonTokenType.StartObject ? JsonValueKind.Object : JsonValueKind.Array;
                SkipChecked(ref reader);
                return new JsonMember(name, kind, null);
        }
    }

    /// <summary>Skips an object or array, and looks at every string in it all the same.</summary>
    private static void SkipChecked(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                reader.GetString();
            }
        }
    }
}
