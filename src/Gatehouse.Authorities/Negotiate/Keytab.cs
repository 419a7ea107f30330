using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>One key of a keytab, without the key.</summary>
/// <param name="Principal">Its principal, without the realm.</param>
/// <param name="Realm">The realm.</param>
/// <param name="Version">Version number of the key (kvno).</param>
/// <param name="EncryptionType">Number of the encryption type.</param>
internal sealed record KeytabEntry(string Principal, string Realm, uint Version, int EncryptionType);

/// <summary>Reads what a keytab holds, but for the keys (MIT's file format, version 2).</summary>
internal static class Keytab
{
    private const int MaximumBytes = 1024 * 1024;
    private const string FilePrefix = "FILE:";
    private const string DefaultPath = "/etc/krb5.keytab";

    /// <summary>The file that counts where no option names one; null where it is no file.</summary>
    public static string? PathOf(NegotiateOptions options)
    {
        var name = options.Keytab ?? Environment.GetEnvironmentVariable("KRB5_KTNAME") ?? DefaultPath;
        return name.StartsWith(FilePrefix, StringComparison.Ordinal) ? name[FilePrefix.Length..] : name.StartsWith('/') || options.Keytab is not null ? name : null;
    }

    /// <summary>Reads a file's entries.</summary>
    /// <returns>Null when it is no keytab of this format.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<KeytabEntry>? Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MaximumBytes)
        {
            return null;
        }

        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        try
        {
            return Parse(bytes);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Reads entries.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length points beyond its end.</exception>
    internal static IReadOnlyList<KeytabEntry>? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [5, 2, ..])
        {
            return null;
        }

        var entries = new List<KeytabEntry>();
        var rest = bytes[2..];
        while (rest.Length >= sizeof(int))
        {
            // A negative size is a hole that a removed entry left; zero is the end.
            var size = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[sizeof(int)..];
            if (size == 0)
            {
                break;
            }

            if (size > 0)
            {
                entries.Add(ReadEntry(rest[..size]));
            }

            rest = rest[(size == int.MinValue ? int.MaxValue : Math.Abs(size))..];
        }

        return entries;
    }

    private static KeytabEntry ReadEntry(ReadOnlySpan<byte> entry)
    {
        var rest = entry;
        var components = TakeShort(ref rest);
        var realm = TakeText(ref rest);
        var names = new List<string>();
        for (var i = 0; i < components; i++)
        {
            names.Add(TakeText(ref rest));
        }

        // Name type and time stamp.
        rest = rest[(2 * sizeof(uint))..];
        uint version = rest[..1][0];
        rest = rest[1..];
        var type = TakeShort(ref rest);
        rest = rest[TakeShort(ref rest)..];
        if (rest.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(rest) is > 0 and var longer)
        {
            version = longer;
        }

        return new KeytabEntry(string.Join('/', names), realm, version, type);
    }

    private static ushort TakeShort(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[sizeof(ushort)..];
        return value;
    }

    private static string TakeText(ref ReadOnlySpan<byte> rest)
    {
        var length = TakeShort(ref rest);
        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }
}
