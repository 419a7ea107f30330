using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The body of an upstream's answer, piece by piece, and its trailers.</summary>
internal static class AnswerBody
{
    private const int PieceLength = 64 * 1024;

    /// <summary>Copies the body; whoever waits for the head gets it before the first byte of the body is there.</summary>
    /// <exception cref="IOException">The upstream broke off.</exception>
    /// <exception cref="OperationCanceledException">The timer fired.</exception>
    public static async ValueTask CopyAsync(Stream from, HttpResponse to, ActivityTimer timer)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            while (true)
            {
                var reading = from.ReadAsync(piece, timer.Token);
                if (!to.HasStarted && !reading.IsCompleted)
                {
                    await to.Body.FlushAsync(timer.Token);
                }

                var length = await reading;
                if (length == 0)
                {
                    return;
                }

                timer.Restart();
                await to.Body.WriteAsync(piece.AsMemory(0, length), timer.Token);
                timer.Restart();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Copies the trailers, as far as the caller's protocol has any.</summary>
    /// <returns>False when they cannot be passed on.</returns>
    public static bool TryCopyTrailers(HttpResponseMessage from, HttpResponse to)
    {
        var trailers = from.TrailingHeaders.NonValidated;
        if (trailers.Count == 0 || !to.SupportsTrailers() || to.ContentLength is not null)
        {
            return true;
        }

        if (!AnswerHead.AreClean(trailers))
        {
            return false;
        }

        foreach (var trailer in trailers)
        {
            if (!HeaderRules.IsNoTrailer(trailer.Key))
            {
                to.AppendTrailer(trailer.Key, new Microsoft.Extensions.Primitives.StringValues([.. trailer.Value]));
            }
        }

        return true;
    }
}
