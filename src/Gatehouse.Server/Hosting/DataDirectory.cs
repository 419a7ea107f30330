using Gatehouse.Core.Keys;
using Gatehouse.Server.Configuration;

namespace Gatehouse.Server.Hosting;

/// <summary>The directory with the SQLite file, the master key and the TLS pair. Readable and writable by its owner only (ATK-84).</summary>
internal sealed class DataDirectory
{
    private const UnixFileMode OwnerOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string _path;

    /// <summary>Opens the directory; makes it if it is not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public DataDirectory(string path)
    {
        _path = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(_path, OwnerOnlyDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The data directory {path} cannot be made or is no directory: name one that this user may write to with --data.", exception);
        }
    }

    /// <summary>The SQLite file.</summary>
    public string StoreFile => Path.Combine(_path, "gatehouse.db");

    /// <summary>The master key, where no other place is configured.</summary>
    public string KeyFile => Path.Combine(_path, "master.key");

    /// <summary>The self-signed certificate.</summary>
    public string CertificateFile => Path.Combine(_path, "tls.crt");

    /// <summary>The key of the self-signed certificate.</summary>
    public string CertificateKeyFile => Path.Combine(_path, "tls.key");

    /// <summary>What in the directory others than its owner can read or write.</summary>
    public IEnumerable<string> Loosened() =>
        Directory.EnumerateFileSystemEntries(_path)
            .Where(entry => Path.GetExtension(entry) is ".key" or ".db" or ".db-wal" or ".db-shm")
            .Append(_path)
            .Where(entry => (File.GetUnixFileMode(entry) & Others) != UnixFileMode.None)
            .Select(entry => entry == _path ? "the data directory" : Path.GetFileName(entry));

    /// <summary>The master key: the configured one, or that of the key file, which is made at first start.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="mayMake">Whether a missing file is made. Not beside a store that other nodes have started on: their keys are sealed under another one.</param>
    /// <exception cref="InvalidDataException">The file does not hold a key, or is missing and may not be made.</exception>
    public MasterKey ReadMasterKey(ServerOptions options, bool mayMake)
    {
        if (options.MasterKey is { } configured)
        {
            return new MasterKey(configured);
        }

        var file = options.MasterKeyFile ?? KeyFile;
        if (!mayMake && !File.Exists(file))
        {
            throw new InvalidDataException(
                $"There is no master key file {Path.GetFileName(file)}, and the store is in use already: copy the file from another node, or give its content in Gatehouse:Keys:MasterKey.");
        }

        return MasterKeyFile.ReadOrCreate(file);
    }

    /// <summary>Gives the master key file to another data directory, where it is a file in this one.</summary>
    /// <returns>False when the other directory has another key already.</returns>
    public bool TryLendMasterKey(ServerOptions options, DataDirectory other)
    {
        if (options.MasterKey is not null || options.MasterKeyFile is not null || !File.Exists(KeyFile))
        {
            return true;
        }

        var key = File.ReadAllText(KeyFile);
        if (!File.Exists(other.KeyFile))
        {
            OwnerOnlyFile.Write(other.KeyFile, key);
        }

        return File.ReadAllText(other.KeyFile) == key;
    }
}
