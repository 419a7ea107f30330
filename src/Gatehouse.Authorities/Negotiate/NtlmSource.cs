using System.Net.Sockets;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// Who knows the passwords of NTLM: a file, else the machine's winbind. The library says "permission denied" to a wrong
/// password and to a source that is away alike; a caller must not be told no, nor counted, for the latter (HTT-99).
/// </summary>
internal sealed class NtlmSource(NegotiateOptions options)
{
    // Built into winbind's client library.
    private const string WinbindPipe = "/run/samba/winbindd/pipe";
    private readonly string? _file = options.NtlmUserFile ?? Environment.GetEnvironmentVariable("NTLM_USER_FILE");

    /// <summary>What it is, for the operator.</summary>
    public string Description => _file is not null ? $"the file {_file}" : "winbind on this machine";

    /// <summary>Whether it can be asked. Blocks for as long as a local socket does.</summary>
    public bool IsThere() => _file is not null ? IsReadable(_file) : IsWinbindThere();

    private static bool IsReadable(string file)
    {
        try
        {
            using var _ = File.OpenRead(file);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsWinbindThere()
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(WinbindPipe));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
