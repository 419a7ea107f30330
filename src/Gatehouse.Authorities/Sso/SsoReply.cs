using System.Text.Json;

namespace Gatehouse.Authorities.Sso;

/// <summary>An answer of the single sign-on, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body, as long as it may be.</param>
/// <param name="Date">The server's own clock, if it said.</param>
internal sealed record SsoReply(int Status, ReadOnlyMemory<byte> Body, DateTimeOffset? Date)
{
    private const int MaximumDepth = 16;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaximumDepth };

    /// <summary>The body as a JSON object; null when it is none, or one that two readers could read differently.</summary>
    public JsonElement? Object => ReadObject(Body);

    /// <summary>Reads one JSON object strictly: UTF-8, no duplicate members at any depth, nothing after it.</summary>
    public static JsonElement? ReadObject(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second one is how the reader reports half a surrogate pair.
            return null;
        }
    }

    /// <summary>A member that is a text.</summary>
    public static string? TextOf(JsonElement element, string member)
    {
        try
        {
            return element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Nothing: the body may hold tokens.</summary>
    public override string ToString() => nameof(SsoReply);
}
