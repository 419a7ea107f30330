using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;

namespace Gatehouse.EndToEnd.Tests.Forwarding;

/// <summary>A line of the upstream's access log.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The target as it came.</param>
/// <param name="Path">The path as nginx reads it: decoded, dot segments and doubled slashes gone.</param>
/// <param name="User">Who the gate said it is.</param>
internal sealed record NginxRequest(string Method, string Target, string Path, string User);

/// <summary>A real nginx that answers everything and writes down how it read it.</summary>
internal sealed class NginxUpstream : IAsyncDisposable
{
    private readonly TemporaryDirectory _files = new();
    private Process? _process;

    public Uri Address { get; private set; } = null!;

    public static async Task<NginxUpstream> StartAsync()
    {
        var nginx = new NginxUpstream();
        var port = FreePort();
        nginx.Address = new Uri($"http://127.0.0.1:{port}");
        await File.WriteAllTextAsync(nginx._files.File("nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{nginx._files.File("pid")}};
            error_log {{nginx._files.File("error.log")}};
            events { }
            http {
              log_format seen '$request_method\t$request_uri\t$uri\t$http_remote_user';
              access_log {{nginx._files.File("access.log")}} seen;
              client_body_temp_path {{nginx._files.Path}}/body;
              proxy_temp_path {{nginx._files.Path}}/proxy;
              fastcgi_temp_path {{nginx._files.Path}}/fastcgi;
              uwsgi_temp_path {{nginx._files.Path}}/uwsgi;
              scgi_temp_path {{nginx._files.Path}}/scgi;
              client_max_body_size 0;
              underscores_in_headers on;
              server {
                listen 127.0.0.1:{{port}};
                location / { return 200 "$uri"; }
              }
            }
            """);
        nginx._process = Process.Start(new ProcessStartInfo("nginx", ["-p", nginx._files.Path, "-c", nginx._files.File("nginx.conf")]) { RedirectStandardError = true })!;
        await Eventually.TrueAsync(() => AnswersAsync(port));
        return nginx;
    }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<NginxRequest> Requests()
    {
        using var file = new FileStream(_files.File("access.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, System.Text.Encoding.Latin1);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(line => line.Length == 4)
                .Select(line => new NginxRequest(line[0], line[1], line[2], line[3])),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _files.Dispose();
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
