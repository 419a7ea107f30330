using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>Warns, once the server listens, of plain-HTTP addresses that others can reach (PN-4).</summary>
internal sealed class PlainHttpWarning(IServer server, ProactiveNetOptions options, ILogger<PlainHttpWarning> logger) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options is { Enabled: true, AllowHttp: true })
        {
            foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses.Where(IsPlainAndReachable) ?? [])
            {
                ProactiveNetLog.PlainHttp(logger, address);
            }
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsPlainAndReachable(string address) =>
        address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        && !(Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip))));
}
