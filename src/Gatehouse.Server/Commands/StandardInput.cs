using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;

namespace Gatehouse.Server.Commands;

/// <summary>Passwords come by standard input only: a command line shows in the process list (ATK-85).</summary>
internal static class StandardInput
{
    private const int MaximumBytes = 64 * 1024;

    /// <summary>Reads a password: all of standard input as UTF-8, less one line end at its end (HTT-78).</summary>
    /// <param name="password">The password.</param>
    /// <param name="fault">One sentence for the operator.</param>
    public static bool TryReadPassword([NotNullWhen(true)] out string? password, [NotNullWhen(false)] out string? fault)
    {
        using var input = Console.OpenStandardInput();
        var bytes = new byte[MaximumBytes + 1];
        var length = 0;
        for (int read; length < bytes.Length && (read = input.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
        }

        var text = bytes.AsSpan(0, length);
        text = text.EndsWith("\r\n"u8) ? text[..^2] : text.EndsWith("\n"u8) ? text[..^1] : text;
        (password, fault) = true switch
        {
            _ when length > MaximumBytes => (null, "Standard input is too long for a password."),
            _ when text.IsEmpty => (null, "Standard input is empty; write the password to it."),
            _ when !Utf8.IsValid(text) => (null, "Standard input is not UTF-8."),
            _ => (System.Text.Encoding.UTF8.GetString(text), (string?)null),
        };
        return password is not null;
    }
}
