using System.Diagnostics;
using Gatehouse.Testing;
using Gatehouse.Testing.Servers;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>A real nginx that spreads requests over the nodes, as an operator would set it up.</summary>
internal sealed class FrontDoor : IAsyncDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly int _port = FreePort.Next();
    private Process? _process;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Sends requests to these nodes from now on.</summary>
    public async Task LeadToAsync(IEnumerable<Uri> nodes)
    {
        var servers = string.Concat(nodes.Select(node => $"server {node.Authority} max_fails=1 fail_timeout=1s; "));
        await File.WriteAllTextAsync(_files.File("nginx.conf"), $$"""
            daemon off;
            worker_processes 1;
            user root;
            pid {{_files.File("pid")}};
            error_log {{_files.File("error.log")}};
            events { }
            http {
              access_log off;
              client_body_temp_path {{_files.Path}}/body;
              proxy_temp_path {{_files.Path}}/proxy;
              fastcgi_temp_path {{_files.Path}}/fastcgi;
              uwsgi_temp_path {{_files.Path}}/uwsgi;
              scgi_temp_path {{_files.Path}}/scgi;
              upstream nodes { {{servers}}keepalive 16; }
              server {
                listen 127.0.0.1:{{_port}};
                location / {
                  proxy_pass http://nodes;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Host $http_host;
                  proxy_connect_timeout 1s;
                  proxy_read_timeout 10s;
                }
              }
            }
            """);
        if (_process is null)
        {
            _process = Process.Start(new ProcessStartInfo("nginx", ["-p", _files.Path, "-c", _files.File("nginx.conf")]) { RedirectStandardError = true })!;
        }
        else
        {
            using var kill = Process.Start("kill", ["-HUP", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _files.Dispose();
    }
}
