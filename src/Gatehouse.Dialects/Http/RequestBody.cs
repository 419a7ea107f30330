using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Http;

/// <summary>Reads the small bodies of sign-in, sign-out and token endpoints.</summary>
public static class RequestBody
{
    /// <summary>Largest body of such an endpoint, in bytes (HTT-11).</summary>
    public const int MaximumBytes = 64 * 1024;

    /// <summary>Reads a body, announced or streamed.</summary>
    /// <returns>The bytes, or null when there are more than <see cref="MaximumBytes"/>.</returns>
    /// <exception cref="BadHttpRequestException">The body breaks the rules of HTTP.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ContentLength > MaximumBytes)
        {
            return null;
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.Length > MaximumBytes)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = System.Buffers.BuffersExtensions.ToArray(buffer);
                reader.AdvanceTo(buffer.End);
                return bytes;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
