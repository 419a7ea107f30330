using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// Finds out where a request comes from, once. Forwarding headers of peers that are not trusted are removed before
/// anything can read or forward them (HTT-20); those of trusted ones count as HTT-21 says.
/// </summary>
public sealed class CallerLegMiddleware(RequestDelegate next, TrustedProxies proxies)
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Prefix = "X-Forwarded-";

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var peer = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var headers = context.Request.Headers;
        if (proxies.Contains(peer))
        {
            context.Features.Set(new CallerLeg(SourceOf(headers[For], peer), IsHttps(headers[Proto], context.Request.IsHttps)) { ViaTrustedProxy = true });
        }
        else
        {
            RemoveForwardingHeaders(headers);
            context.Features.Set(new CallerLeg(peer, context.Request.IsHttps));
        }

        return next(context);
    }

    private static void RemoveForwardingHeaders(IHeaderDictionary headers)
    {
        List<string>? named = null;
        foreach (var header in headers)
        {
            // An upstream may take '_' for '-' (ATK-36).
            var name = header.Key.Replace('_', '-');
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase))
            {
                (named ??= []).Add(header.Key);
            }
        }

        named?.ForEach(name => headers.Remove(name));
    }

    // A value that is neither, or more than one, says nothing: the leg to us counts (ATK-38).
    private static bool IsHttps(StringValues proto, bool toUs) =>
        proto.Count != 1 ? toUs
        : proto[0].AsSpan().Trim().Equals("https", StringComparison.OrdinalIgnoreCase) || (toUs && !proto[0].AsSpan().Trim().Equals("http", StringComparison.OrdinalIgnoreCase));

    /// <summary>The right-most address that is not itself trusted.</summary>
    private IPAddress SourceOf(StringValues forwardedFor, IPAddress peer)
    {
        if (forwardedFor.Count == 0)
        {
            return peer;
        }

        var hops = forwardedFor.ToString().Split(',', StringSplitOptions.TrimEntries);
        for (var i = hops.Length - 1; i >= 0; i--)
        {
            if (!TryReadAddress(hops[i], out var address))
            {
                return peer;
            }

            if (!proxies.Contains(address))
            {
                return address;
            }
        }

        return peer;
    }

    private static bool TryReadAddress(string text, out IPAddress address)
    {
        // With or without a port; a bare number is no address, whatever the parser thinks.
        address = IPAddress.None;
        if (!text.AsSpan().ContainsAny('.', ':') || !IPEndPoint.TryParse(text, out var endpoint))
        {
            return false;
        }

        address = endpoint.Address;
        return true;
    }
}
