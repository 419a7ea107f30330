using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Core.Configuration;
using Gatehouse.Core.Text;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>How requests are forwarded (section <c>Gatehouse:Gateway</c>); where to is each dialect's option <c>Upstream</c>.</summary>
public sealed class GatewayOptions
{
    private const string Negotiated = "auto";

    /// <summary>The section, and its options.</summary>
    public static OptionTable<GatewayOptions> Table { get; } = new OptionTable<GatewayOptions>("Gatehouse:Gateway")
        .Whole("ConnectSeconds", (o, v) => o.ConnectSeconds = v, 1, 300, "Longest time to connect to an upstream, TLS included.")
        .Whole("ActivitySeconds", (o, v) => o.ActivitySeconds = v, 1, 86_400, "Longest time without a byte either way, once the head of an answer is there.")
        .Whole("MaxConnections", (o, v) => o.MaxConnections = v, 1, 100_000, "Most connections to one upstream; further requests wait for one.")
        .Whole("IdleConnectionSeconds", (o, v) => o.IdleConnectionSeconds = v, 1, 3_600, "How long an unused connection to an upstream is kept.")
        .Text("UpstreamHttp", (o, v) => IsHttp(o.UpstreamHttp = v), "'auto', '1.1' or '2'", "The HTTP version towards upstreams; auto: 2 where TLS agrees on it, else 1.1.")
        .Explained("UpstreamCaFile", (o, v) => o.ReadAuthorities(v), "the path of a PEM file", "The only certificate authorities that certificates of upstreams may come from, in place of the system's.");

    /// <summary>Longest time to connect, in seconds.</summary>
    public int ConnectSeconds { get; set; } = 10;

    /// <summary>Longest time without a byte either way, in seconds.</summary>
    public int ActivitySeconds { get; set; } = 120;

    /// <summary>Most connections to one upstream.</summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>How long an unused connection is kept, in seconds.</summary>
    public int IdleConnectionSeconds { get; set; } = 60;

    /// <summary>The HTTP version towards upstreams: <c>auto</c>, <c>1.1</c>, or <c>2</c> (without asking, also over plain TCP).</summary>
    public string UpstreamHttp { get; set; } = Negotiated;

    /// <summary>What <c>UpstreamCaFile</c> holds; null: the system's authorities count.</summary>
    public X509Certificate2Collection? UpstreamCa { get; set; }

    /// <summary>The limits of a request.</summary>
    /// <param name="headTimeout">Longest time to the head of the answer.</param>
    public ForwardLimits LimitsWith(TimeSpan headTimeout) => new(
        headTimeout,
        TimeSpan.FromSeconds(ActivitySeconds),
        UpstreamHttp == "1.1" ? HttpVersion.Version11 : HttpVersion.Version20,
        UpstreamHttp == Negotiated ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact);

    private static bool IsHttp(string text) => text is Negotiated or "1.1" or "2";

    private string? ReadAuthorities(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            UpstreamCa = authorities;
            return authorities.Count > 0 ? null : $"'{TypedText.Escape(file)}' cannot be used: there is no certificate in it; name a PEM file with certificates.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            return $"'{TypedText.Escape(file)}' cannot be used: it cannot be read as PEM; name a readable PEM file with certificates.";
        }
    }
}
