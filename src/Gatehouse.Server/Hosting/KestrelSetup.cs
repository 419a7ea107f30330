using System.Text;
using Gatehouse.Gateway.Routing;
using Gatehouse.Server.Configuration;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Server.Hosting;

/// <summary>The web server: where it listens, its certificate, its limits.</summary>
internal static class KestrelSetup
{
    // Method, blanks, version and line end beside the longest target; a longer line is 414 at once.
    private const int RequestLineOverhead = 128;
    private const int MaximumHeaderBytes = 128 * 1024;
    private const int MaximumHeaders = 100;

    public static void AddKestrel(this IWebHostBuilder host, ServerOptions options, DataDirectory directory)
    {
        host.UseKestrelCore();
        host.UseKestrelHttpsConfiguration();
        host.UseUrls([.. options.Urls]);
        host.ConfigureKestrel(kestrel => Limit(kestrel, options, directory));
    }

    private static void Limit(KestrelServerOptions kestrel, ServerOptions options, DataDirectory directory)
    {
        kestrel.AddServerHeader = false;

        // An absolute target wins over the Host field, as RFC 9112 demands; neither selects anything (HTT-6).
        kestrel.AllowHostHeaderOverride = true;

        // One character for one byte: what is no UTF-8 is refused by who reads it, in its own shape, and goes on as it came.
        kestrel.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? DigitsOnlyEncoding.Instance : Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        kestrel.Limits.MaxRequestLineSize = RequestTargetMiddleware.MaximumTargetLength + RequestLineOverhead;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaximumHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = MaximumHeaders;
        if (options.Urls.Any(url => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            var certificate = ServerCertificate.Load(options, directory, TimeProvider.System);
            kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
        }
    }
}
