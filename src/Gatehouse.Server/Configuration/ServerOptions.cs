using Gatehouse.Core.Configuration;
using Gatehouse.Core.Keys;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Server.Configuration;

/// <summary>Options of the program itself (section <c>Gatehouse</c>).</summary>
internal sealed class ServerOptions
{
    /// <summary>The section, and its options.</summary>
    public static OptionTable<ServerOptions> Table { get; } = new OptionTable<ServerOptions>("Gatehouse")
        .Text("Data", (o, v) => (o.Data = v).Length > 0, "the path of a directory", "Holds the SQLite file, the keys and the self-signed TLS pair.")
        .List("Urls", (o, v) => (o.Urls = SplitUrls(v)).FirstOrDefault(url => !IsListenUrl(url)), "a list of addresses like https://127.0.0.1:8443, without path", "Where the server listens.")
        .List("TrustedProxies", (o, v) => v.FirstOrDefault(text => !o.TrustedProxies.TryAdd(text)), "a list of addresses and CIDR ranges", "Peers whose X-Forwarded-For and X-Forwarded-Proto count.")
        .Flag("RedirectHttpToHttps", (o, v) => o.RedirectHttpToHttps = v, "Send browser pages from HTTP to HTTPS; never a dialect's path.")
        .Text("Keys:MasterKeyFile", (o, v) => (o.MasterKeyFile = v).Length > 0, "the path of a file", "The key under which all keys in the store are sealed; made at first start. Default: master.key in the data directory.")
        .Text("Keys:MasterKey", (o, v) => (o.MasterKey = ReadKey(v)) is not null, "32 bytes in base64", "The same key as a value, for those who keep it elsewhere; wins over the file.", isSecret: true)
        .Text("Tls:CertificateFile", (o, v) => File.Exists(o.CertificateFile = v), "the path of a PEM file", "The server's certificate with its chain. Default: a self-signed pair in the data directory.")
        .Text("Tls:KeyFile", (o, v) => File.Exists(o.KeyFile = v), "the path of a PEM file", "The key of that certificate.")
        .Text("Metrics:Token", (o, v) => (o.MetricsToken = v).Length >= 16, "a text of at least 16 characters", "Opens /metrics to who shows it as a bearer token.", isSecret: true)
        .Rule("Tls:KeyFile", o => o.CertificateFile is null != o.KeyFile is null ? "Tls:CertificateFile and Tls:KeyFile belong together; set both or none." : null);

    /// <summary>The data directory.</summary>
    public string Data { get; set; } = "data";

    /// <summary>Where the server listens.</summary>
    public IReadOnlyList<string> Urls { get; set; } = ["http://127.0.0.1:8008", "https://127.0.0.1:8443"];

    /// <summary>Peers whose word about the caller counts.</summary>
    public TrustedProxies TrustedProxies { get; } = new();

    /// <summary>Send browser pages from HTTP to HTTPS.</summary>
    public bool RedirectHttpToHttps { get; set; }

    /// <summary>File of the master key.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>The master key as a value.</summary>
    public byte[]? MasterKey { get; set; }

    /// <summary>PEM file of the server's certificate.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Opens <c>/metrics</c>.</summary>
    public string? MetricsToken { get; set; }

    private static List<string> SplitUrls(IReadOnlyList<string> items) =>
        [.. items.SelectMany(item => item.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    // Kestrel takes '*' and '+' for all addresses; the parser wants a name.
    private static bool IsListenUrl(string text) =>
        Uri.TryCreate(text.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" && url.PathAndQuery == "/" && url.Fragment.Length == 0 && url.UserInfo.Length == 0;

    private static byte[]? ReadKey(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == SealingKey.ByteLength ? bytes[..written] : null;
    }
}
