using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gatehouse.Testing;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Tests that share one Active Directory domain.</summary>
[CollectionDefinition(Name)]
public sealed class SambaCollection : ICollectionFixture<SambaServer>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "Samba";
}

/// <summary>
/// An Active Directory domain controller: Samba, as root, with its fixed ports (88, 389, 464, 636, 135) on a loopback address of
/// its own, so that it meets neither other servers nor another run of the tests. Its certificate is for that address, by
/// an authority of the test's own (<see cref="CaFile"/>).
/// <para>People (all with <see cref="Password"/>): ada (in Operators), nadia (in Inner, which is in Outer), disabled, expired,
/// mustchange, locked, svc. Ten wrong passwords in a row lock somebody at the domain: the tests share its people, so give few.</para>
/// </summary>
public sealed class SambaServer : IAsyncLifetime
{
    /// <summary>Kerberos realm.</summary>
    public const string Realm = "AD.TEST";

    /// <summary>NetBIOS name of the domain.</summary>
    public const string Domain = "ADTEST";

    /// <summary>DN of the domain.</summary>
    public const string BaseDn = "DC=ad,DC=test";

    /// <summary>Everybody's password.</summary>
    public const string Password = "Correct-Horse-7-Staple";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(90);
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new("Gatehouse test domain");
    private Process? _process;

    /// <summary>The loopback address that it listens on; also the host name in its certificate.</summary>
    public string Address { get; } = $"127.{RandomNumberGenerator.GetInt32(100, 200)}.{RandomNumberGenerator.GetInt32(1, 250)}.{RandomNumberGenerator.GetInt32(1, 250)}";

    /// <summary>The certificate of the authority that its own certificate is from.</summary>
    public string CaFile => _directory.File("ca.pem");

    /// <summary>Its configuration, for Samba's own tools.</summary>
    public string ConfigurationFile => _directory.File("etc/smb.conf");

    /// <summary>The account that searches.</summary>
    public static string ServiceDn => $"CN=svc,CN=Users,{BaseDn}";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await RunAsync(
            "samba-tool",
            [
                "domain", "provision", $"--realm={Realm}", $"--domain={Domain}", "--server-role=dc", "--dns-backend=NONE", $"--targetdir={_directory.Path}",
                "--host-name=dc1", $"--host-ip={Address}", $"--adminpass={Password}", "--use-rfc2307",
                "--option=bind interfaces only=yes",
                $"--option=interfaces={Address}/8",
                "--option=server services=rpc, ldap, cldap, kdc, winbindd",
                $"--option=log file={_directory.File("log")}",
                $"--option=ncalrpc dir={_directory.File("ncalrpc")}",
                $"--option=winbindd socket directory={_directory.File("winbindd")}",
                $"--option=pid directory={_directory.Path}",
                $"--option=ntp signd socket directory={_directory.File("ntp")}",
                $"--option=tls cafile={CaFile}",
                $"--option=tls certfile={_directory.File("server.pem")}",
                $"--option=tls keyfile={_directory.File("server.key")}",
            ]);
        _authority.WriteTo(CaFile);
        var (certificate, key) = _authority.Issue(Address);
        await File.WriteAllTextAsync(_directory.File("server.pem"), certificate);
        await File.WriteAllTextAsync(_directory.File("server.key"), key);
        File.SetUnixFileMode(_directory.File("server.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AddPeopleAsync();
        await StartAsync();
    }

    /// <summary>Starts it, or starts it again.</summary>
    public async Task StartAsync()
    {
        // With -i it ends when its standard input does: a test run that is killed leaves nothing behind.
        var start = new ProcessStartInfo("samba", ["-i", "-M", "single", "-s", ConfigurationFile])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var deadline = Stopwatch.StartNew();
        while (!await IsListeningAsync(636) || !await IsListeningAsync(88))
        {
            if (_process.HasExited || deadline.Elapsed > LongestStart)
            {
                throw new InvalidOperationException($"Samba did not start. It needs root and the packages of tests/packages.txt; its log:\n{ReadLog()}");
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Stops it at once.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>Runs <c>samba-tool</c> on its database, beside the running server: <c>user</c>, <c>group</c>, <c>spn</c>, <c>domain exportkeytab</c> ...</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public Task<string> ToolAsync(params string[] arguments) => RunAsync("samba-tool", [.. arguments, "-s", ConfigurationFile]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _authority.Dispose();
        _directory.Dispose();
    }

    private static async Task<string> RunAsync(string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output + await errors : throw new InvalidOperationException($"{command} {string.Join(' ', start.ArgumentList)} failed:\n{output}\n{await errors}");
    }

    private async Task AddPeopleAsync()
    {
        // Before it runs: a change on the closed database takes a third of the time.
        await ToolAsync(
            "domain", "passwordsettings", "set", "--complexity=off", "--min-pwd-length=4", "--history-length=0", "--min-pwd-age=0", "--account-lockout-threshold=10", "--account-lockout-duration=30");
        foreach (var name in new[] { "ada", "nadia", "disabled", "expired", "mustchange", "locked", "svc" })
        {
            await ToolAsync("user", "create", name, Password, $"--mail-address={name}@mail.test");
        }

        await ToolAsync("user", "disable", "disabled");
        await ToolAsync("user", "setexpiry", "expired", "--days=0");
        await ToolAsync("user", "setpassword", "mustchange", $"--newpassword={Password}", "--must-change-at-next-login");
        foreach (var (group, member) in new[] { ("Operators", "ada"), ("Inner", "nadia"), ("Outer", "Inner") })
        {
            await ToolAsync("group", "add", group);
            await ToolAsync("group", "addmembers", group, member);
        }
    }

    private async Task<bool> IsListeningAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(Address), port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string ReadLog() => File.Exists(_directory.File("log")) ? File.ReadAllText(_directory.File("log")) : "";
}
