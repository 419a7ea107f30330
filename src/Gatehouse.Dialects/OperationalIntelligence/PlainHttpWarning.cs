using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Warns, once the server listens, of every address where passwords would cross a network in the clear (OI-9).</summary>
internal static class PlainHttpWarning
{
    public static void WhenStarted(IServiceProvider services) =>
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() =>
        {
            var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PlainHttpWarning));
            foreach (var address in services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            {
                if (IsExposed(address))
                {
                    OperationalIntelligenceLog.PlainHttp(logger, address);
                }
            }
        });

    private static bool IsExposed(string address)
    {
        var binding = BindingAddress.Parse(address);
        return binding.Scheme == Uri.UriSchemeHttp && !binding.IsUnixPipe
            && !binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(binding.Host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
