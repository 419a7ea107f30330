using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The session id, which is also the Bearer token: 42 characters, 252 random bits (MIC-73).</summary>
internal static class SessionId
{
    private const int Length = 42;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    private static readonly SearchValues<char> Characters = SearchValues.Create(Alphabet);

    public static string Draw() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>Whether a text could be one: what could not is refused without asking anybody.</summary>
    public static bool HasShape([NotNullWhen(true)] string? text) => text is { Length: Length } && !text.AsSpan().ContainsAnyExcept(Characters);
}
