using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Dialects.Http;

/// <summary>Reads bodies into bounded memory: the small ones of sign-in, sign-out and token endpoints, and calls that carry their credential in the body.</summary>
public static class RequestBody
{
    /// <summary>Largest body of such an endpoint, in bytes (HTT-11).</summary>
    public const int MaximumBytes = 64 * 1024;

    /// <summary>Whether a body is sent as it is: no <c>Content-Encoding</c>, or <c>identity</c> (HTT-12).</summary>
    public static bool IsSentAsItIs(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var codings = headers.ContentEncoding;
        return codings.Count == 0
            || (codings.Count == 1 && codings[0].AsSpan().Trim() is var coding && (coding.IsEmpty || coding.Equals("identity", StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Reads a body, announced or streamed.</summary>
    /// <returns>The bytes, or null when there are more than <see cref="MaximumBytes"/>.</returns>
    /// <exception cref="BadHttpRequestException">The body breaks the rules of HTTP.</exception>
    public static ValueTask<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken) => ReadAsync(request, MaximumBytes, cancellationToken);

    /// <summary>Reads a body, announced or streamed, where a dialect takes larger ones.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximumBytes">Largest body, whatever the server's own limit says.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The bytes, or null when there are more.</returns>
    /// <exception cref="BadHttpRequestException">The body breaks the rules of HTTP.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int maximumBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ContentLength > maximumBytes)
        {
            return null;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: { } server } feature && server < maximumBytes)
        {
            feature.MaxRequestBodySize = maximumBytes;
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.Length > maximumBytes)
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
