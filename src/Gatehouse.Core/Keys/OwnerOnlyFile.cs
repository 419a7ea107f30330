using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Core.Keys;

/// <summary>Files that only their owner can read or write (ATK-84).</summary>
public static class OwnerOnlyFile
{
    /// <summary>Writes a file, under another name first, so that it is whole or not there. Of two writers at once the first one's stays.</summary>
    /// <param name="file">The file; there must be none.</param>
    /// <param name="text">What goes into it, as UTF-8.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string file, string text)
    {
        var unfinished = $"{file}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}.new";
        using (var stream = new FileStream(
            unfinished,
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(unfinished, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(unfinished);
        }
    }
}
