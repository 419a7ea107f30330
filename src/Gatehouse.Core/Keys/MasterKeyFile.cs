using System.Security.Cryptography;

namespace Gatehouse.Core.Keys;

/// <summary>The file that holds the master key: 32 bytes in base64, for its owner only.</summary>
public static class MasterKeyFile
{
    private const int TextLength = 44;

    /// <summary>Reads the key; makes the file where there is none.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">The file does not hold a key.</exception>
    /// <exception cref="IOException">The file cannot be read or made.</exception>
    public static MasterKey ReadOrCreate(string file)
    {
        if (!File.Exists(file))
        {
            OwnerOnlyFile.Write(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(SealingKey.ByteLength)) + "\n");
        }

        var bytes = new byte[SealingKey.ByteLength];
        var text = File.ReadAllText(file).Trim();
        return text.Length == TextLength && Convert.TryFromBase64String(text, bytes, out var written) && written == bytes.Length
            ? new MasterKey(bytes)
            : throw new InvalidDataException($"The master key file {Path.GetFileName(file)} does not hold 32 bytes in base64; restore it from a backup.");
    }
}
