namespace Gatehouse.Client.Tests;

/// <summary>The way out: notes what passes, trusts the server's own certificate, and finds a server that moved to another port.</summary>
internal sealed class RecordingHandler : DelegatingHandler
{
    private readonly Lock _gate = new();
    private readonly List<(HttpMethod Method, string Path, string? Form, int Status)> _seen = [];

    public RecordingHandler()
        : base(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        })
    {
    }

    /// <summary>Where the server is now; null: where the request says.</summary>
    public Uri? MovedTo { get; set; }

    public IReadOnlyList<(HttpMethod Method, string Path, string? Form, int Status)> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    public int CountOf(string path) => Seen.Count(request => request.Path == path);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri!;
        var form = request.Content is FormUrlEncodedContent content ? await content.ReadAsStringAsync(cancellationToken) : null;
        request.RequestUri = MovedTo is null ? asked : new Uri(MovedTo, asked.PathAndQuery);
        var answer = await base.SendAsync(request, cancellationToken);
        request.RequestUri = asked;
        lock (_gate)
        {
            _seen.Add((request.Method, asked.AbsolutePath, form, (int)answer.StatusCode));
        }

        return answer;
    }
}
