using System.Globalization;

namespace Gatehouse.Server.Commands;

/// <summary>Durations on the command line: a whole number and a unit, like <c>30d</c>.</summary>
internal static class Durations
{
    public const string Form = "a whole number and a unit (s, m, h, d), like 30d";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    public static bool TryRead(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return false;
        }

        double unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        var seconds = number * unit;
        duration = TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        return unit > 0 && seconds <= Longest.TotalSeconds;
    }
}
