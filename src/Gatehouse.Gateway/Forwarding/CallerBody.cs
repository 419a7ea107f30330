using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The caller's body on its way to the upstream: piece by piece, never more of it in memory than one.</summary>
internal sealed class CallerBody : HttpContent
{
    private static readonly TimeSpan PatienceForFirstByte = TimeSpan.FromSeconds(1);
    private readonly PipeReader _reader;
    private readonly long? _length;
    private readonly ActivityTimer _timer;
    private readonly CancellationTokenSource _letGo = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;

    public CallerBody(HttpRequest request, ActivityTimer timer) => (_reader, _length, _timer) = (request.BodyReader, request.ContentLength, timer);

    /// <summary>What was wrong with the body itself; an upstream that failed is not told here.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Whether a request has a body, or may have one.</summary>
    public static bool IsIn(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0);

    /// <summary>
    /// Waits for the first piece of a chunked body, so that one that is broken from the beginning is refused before the
    /// upstream hears of it (HTT-10). Who waits for the answer before he sends anything is not kept waiting for long.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The body breaks the rules of HTTP.</exception>
    public static async ValueTask LookAtBeginningAsync(HttpRequest request, TimeProvider clock)
    {
        if (!HttpProtocol.IsHttp11(request.Protocol) || request.ContentLength is not null || request.Headers.Expect.Count > 0 || !IsIn(request))
        {
            return;
        }

        using var patience = new CancellationTokenSource(PatienceForFirstByte, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, request.HttpContext.RequestAborted);
        try
        {
            var read = await request.BodyReader.ReadAsync(either.Token);
            request.BodyReader.AdvanceTo(read.Buffer.Start);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // It comes later.
        }
    }

    /// <summary>Stops reading, and waits until nothing reads the caller's body any more.</summary>
    public async ValueTask LetGoAsync()
    {
        if (Interlocked.Exchange(ref _begun, 1) == 1)
        {
            await _letGo.CancelAsync();
            await _done.Task;
        }

        _letGo.Dispose();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _begun, 1) == 1)
        {
            throw new InvalidOperationException("The body was sent already, or is not to be sent any more.");
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _letGo.Token);
            while (await SendNextAsync(stream, either.Token))
            {
                _timer.Restart();
            }

            _timer.Restart();
        }
        finally
        {
            _done.SetResult();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    private async ValueTask<bool> SendNextAsync(Stream stream, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken);
        try
        {
            foreach (var piece in read.Buffer)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }

            if (!read.IsCompleted)
            {
                await stream.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            _reader.AdvanceTo(read.Buffer.End);
        }

        return !read.IsCompleted;
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Fault = exception;
            throw;
        }
    }
}

/// <summary>
/// No body, said aloud. Beside carrying header fields about a body, it keeps the client from sending a request again by
/// itself that must not be carried out twice.
/// </summary>
internal sealed class NoBody : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return true;
    }
}
