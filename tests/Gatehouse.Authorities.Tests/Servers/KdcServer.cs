using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>
/// A real MIT Kerberos server (<c>krb5kdc</c>) on a free loopback port, with the realms <c>EXAMPLE.TEST</c> and
/// <c>FOREIGN.TEST</c> that trust each other, and people and services in both.
/// </summary>
public sealed class KdcServer : IAsyncDisposable
{
    /// <summary>The realm of the service.</summary>
    public const string Realm = "EXAMPLE.TEST";

    /// <summary>A realm that the service's own trusts, and that has a principal <c>alice</c>, too.</summary>
    public const string ForeignRealm = "FOREIGN.TEST";

    /// <summary>The password of every person in either realm.</summary>
    public const string Password = "a ticket for everyone";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);
    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private KdcServer(int port) => Port = port;

    /// <summary>Its port, on UDP and TCP.</summary>
    public int Port { get; }

    /// <summary>Keys of <c>HTTP/localhost</c> and, as in many keytabs, of <c>host/localhost</c>.</summary>
    public string Keytab => _directory.File("http.keytab");

    /// <summary>The file that makes a client or server know these realms (<c>KRB5_CONFIG</c>).</summary>
    public string Configuration => _directory.File("krb5.conf");

    /// <summary>Starts it, with people and services in place.</summary>
    public static async Task<KdcServer> StartAsync()
    {
        var kdc = new KdcServer(FreePort());
        await kdc.WriteConfigurationAsync();
        foreach (var realm in new[] { Realm, ForeignRealm })
        {
            await kdc.RunAsync("kdb5_util", "create", "-s", "-r", realm, "-P", "master of the realm");
        }

        foreach (var question in new[]
        {
            $"addprinc -pw \"{Password}\" alice", $"addprinc -pw \"{Password}\" bob", $"addprinc -pw \"{Password}\" stranger",
            "addprinc -randkey HTTP/localhost", "addprinc -randkey host/localhost", "addprinc -randkey HTTP/elsewhere", $"addprinc -pw trust krbtgt/{Realm}@{ForeignRealm}",
            $"ktadd -k {kdc.Keytab} HTTP/localhost", $"ktadd -k {kdc.Keytab} host/localhost",
        })
        {
            await kdc.RunAsync("kadmin.local", "-r", Realm, "-q", question);
        }

        foreach (var question in new[] { $"addprinc -pw \"{Password}\" alice", $"addprinc -pw \"{Password}\" mallory", $"addprinc -pw trust krbtgt/{Realm}@{ForeignRealm}" })
        {
            await kdc.RunAsync("kadmin.local", "-r", ForeignRealm, "-q", question);
        }

        await kdc.StartProcessAsync();
        return kdc;
    }

    /// <summary>The environment in which programs use these realms.</summary>
    /// <param name="cache">Name of a ticket cache; a file of that name.</param>
    public Dictionary<string, string> Environment(string? cache = null) => new()
    {
        ["KRB5_CONFIG"] = Configuration,
        ["KRB5_KDC_PROFILE"] = _directory.File("kdc.conf"),
        ["KRB5CCNAME"] = $"FILE:{_directory.File(cache ?? "no-tickets")}",
    };

    /// <summary>Gets a ticket (<c>kinit</c>) into a cache of its own.</summary>
    /// <returns>Name of the cache.</returns>
    public async Task<string> SignInAsync(string principal)
    {
        var cache = $"cache-{Guid.NewGuid():N}";
        await RunAsync("kinit", Environment(cache), Password + "\n", principal);
        return cache;
    }

    /// <summary>Runs a program within these realms, to its end.</summary>
    public Task<string> RunAsync(string program, params string[] arguments) => RunAsync(program, Environment(), "", arguments);

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on its database.</summary>
    public Task RestartAsync() => StartProcessAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    private static async Task<string> RunAsync(string program, Dictionary<string, string> environment, string input, params string[] arguments) =>
        await Tool.RunAsync(program, environment, input, arguments) is { ExitCode: 0 } result
            ? result.Output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private async Task WriteConfigurationAsync()
    {
        await File.WriteAllTextAsync(Configuration, $$"""
            [libdefaults]
              default_realm = {{Realm}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              udp_preference_limit = 1
            [realms]
              {{Realm}} = {
                kdc = 127.0.0.1:{{Port}}
              }
              {{ForeignRealm}} = {
                kdc = 127.0.0.1:{{Port}}
              }
            [domain_realm]
              localhost = {{Realm}}
              elsewhere = {{Realm}}
            [capaths]
              {{ForeignRealm}} = {
                {{Realm}} = .
              }

            """);
        await File.WriteAllTextAsync(_directory.File("kdc.conf"), $$"""
            [kdcdefaults]
              kdc_listen = 127.0.0.1:{{Port}}
              kdc_tcp_listen = 127.0.0.1:{{Port}}
            [realms]
              {{Realm}} = {
                database_name = {{_directory.File("one")}}
                key_stash_file = {{_directory.File("one.stash")}}
                acl_file = {{_directory.File("acl")}}
              }
              {{ForeignRealm}} = {
                database_name = {{_directory.File("two")}}
                key_stash_file = {{_directory.File("two.stash")}}
                acl_file = {{_directory.File("acl")}}
              }
            [logging]
              kdc = FILE:{{_directory.File("kdc.log")}}

            """);
    }

    private async Task StartProcessAsync()
    {
        var start = new ProcessStartInfo(Tool.Find("krb5kdc"), ["-n", "-r", Realm, "-r", ForeignRealm]);
        foreach (var (name, value) in Environment())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (waited.Elapsed < LongestStart && !_process.HasExited)
            {
                await Task.Delay(25);
            }
        }
    }
}
