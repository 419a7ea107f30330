using System.Text.Json;

namespace Gatehouse.Client;

/// <summary>Looks into JSON whose shape is the upstream's; what is not there, or of another type, is null.</summary>
internal static class AnswerJson
{
    public static string? Text(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    public static long? Whole(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var value) ? value : null;

    /// <summary>Seconds, if they are a time that one can wait for.</summary>
    public static TimeSpan? Seconds(this long? seconds) => seconds is > 0 and <= int.MaxValue ? TimeSpan.FromSeconds(seconds.Value) : null;

    /// <summary>The life between two times that an upstream gave in whole seconds: it cut off the fraction, so the end may be a second nearer.</summary>
    public static TimeSpan? CutToSeconds(this TimeSpan? life) => life switch
    {
        null => null,
        { Ticks: <= 0 } => null,
        { TotalSeconds: <= 1 } => life / 2,
        _ => life - TimeSpan.FromSeconds(1),
    };

    /// <summary>Whether a text can stand behind a scheme in a header: visible ASCII, 1 to 16,384 characters.</summary>
    public static bool IsToken(this string? text) => text is { Length: > 0 and <= 16 * 1024 } && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static JsonElement? At(this JsonElement element, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }
}
