using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.ForwardAuth;

/// <summary>A proxy of Debian, run with the file that <c>deploy/</c> ships: only addresses and directories are changed.</summary>
public sealed class RealProxy : IAsyncDisposable
{
    public const string Nginx = "nginx";
    public const string Caddy = "caddy";
    public const string Apache = "apache2";
    public const string HaProxy = "haproxy";
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory _directory;
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private RealProxy(TemporaryDirectory directory, Process process, Uri address) => (_directory, _process, Address) = (directory, process, address);

    /// <summary>Where callers find it, over TLS.</summary>
    public Uri Address { get; }

    /// <summary>What it said.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts a proxy that asks a server, and has an upstream behind it.</summary>
    public static async Task<RealProxy> StartAsync(string name, GatehouseServer gatehouse, Uri upstream)
    {
        var directory = new TemporaryDirectory();
        File.SetUnixFileMode(directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var port = FreePort();
        await File.WriteAllTextAsync(
            directory.File("tls.pem"), await File.ReadAllTextAsync(Path.Combine(gatehouse.Data, "tls.crt")) + await File.ReadAllTextAsync(Path.Combine(gatehouse.Data, "tls.key")));
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "deploy", name == Apache ? "apache" : name)))
        {
            var text = (await File.ReadAllTextAsync(file))
                .Replace("127.0.0.1:8008", gatehouse.Http.Authority, StringComparison.Ordinal)
                .Replace("127.0.0.1:9000", upstream.Authority, StringComparison.Ordinal)
                .Replace(":8443", $":{port}", StringComparison.Ordinal)
                .Replace("/etc/gatehouse/tls.pem", directory.File("tls.pem"), StringComparison.Ordinal)
                .Replace("/etc/gatehouse", gatehouse.Data, StringComparison.Ordinal)
                .Replace("/etc/haproxy", directory.Path, StringComparison.Ordinal)
                .Replace("/etc/apache2", directory.Path, StringComparison.Ordinal);
            await File.WriteAllTextAsync(directory.File(Path.GetFileName(file)), text);
        }

        var proxy = new RealProxy(directory, Start(name, directory), new Uri($"https://127.0.0.1:{port}"));
        await proxy.WaitAsync(port);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await stop.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
        _directory.Dispose();
    }

    private static Process Start(string name, TemporaryDirectory directory)
    {
        var (program, arguments) = name switch
        {
            Nginx => ("nginx", new[] { "-p", directory.Path, "-c", Write(directory, "main.conf", NginxMain), "-e", directory.File("error.log") }),
            Caddy => ("caddy", ["run", "--config", directory.File("Caddyfile"), "--adapter", "caddyfile"]),
            HaProxy => ("haproxy", ["-db", "-f", directory.File("haproxy.cfg")]),
            _ => ("apache2", ["-D", "FOREGROUND", "-f", Write(directory, "main.conf", ApacheMain)]),
        };
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory.Path };
        start.Environment["HOME"] = directory.Path;
        start.Environment["XDG_DATA_HOME"] = directory.Path;
        start.Environment["XDG_CONFIG_HOME"] = directory.Path;
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin";
        return Process.Start(start)!;
    }

    private static string NginxMain(string path) => $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{path}}/pid;
        events { }
        http {
            access_log off;
            client_body_temp_path {{path}}/body; proxy_temp_path {{path}}/proxy; fastcgi_temp_path {{path}}/f; uwsgi_temp_path {{path}}/u; scgi_temp_path {{path}}/s;
            include {{path}}/gatehouse.conf;
        }
        """;

    private static string ApacheMain(string path)
    {
        var modules = string.Join('\n', new[] { "mpm_event", "authz_core", "proxy", "proxy_http", "ssl", "lua" }.Select(name => $"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"));
        return $"""
            ServerRoot {path}
            ServerName gate.example
            PidFile {path}/pid
            DefaultRuntimeDir {path}
            ErrorLog /dev/stderr
            {modules}
            User www-data
            Group www-data
            StartServers 1
            SSLSessionCache none
            Include {path}/gatehouse.conf
            """;
    }

    private static string Write(TemporaryDirectory directory, string name, Func<string, string> text)
    {
        File.WriteAllText(directory.File(name), text(directory.Path));
        return directory.File(name);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitAsync(int port)
    {
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var tcp = new TcpClient();
                await tcp.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && waited.Elapsed < LongestStart)
            {
                await Task.Delay(50);
            }
            catch (SocketException exception)
            {
                throw new InvalidOperationException($"The proxy did not start.\n{Log}", exception);
            }
        }
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
