using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Reads the bodies that this dialect looks into.</summary>
internal static class MicetroBody
{
    /// <summary>Reads a body that must be plain UTF-8 (MIC-50), up to a limit (MIC-118, MIC-128).</summary>
    public static async ValueTask<(byte[] Body, MicetroError? Error)> ReadAsync(HttpContext context, int maximumBytes)
    {
        if (!IsPlainUtf8(context.Request))
        {
            return ([], MicetroError.NotPlainUtf8);
        }

        return await KeepAsync(context, maximumBytes) is { } body ? (body, null) : ([], MicetroError.TooLarge);
    }

    /// <summary>Reads a body, and puts it back: an upstream finds it as it was sent.</summary>
    /// <returns>Null when it is larger.</returns>
    public static async ValueTask<byte[]?> KeepAsync(HttpContext context, int maximumBytes)
    {
        var body = await RequestBody.ReadAsync(context.Request, maximumBytes, context.RequestAborted);
        if (body is not null)
        {
            context.Request.Body = new MemoryStream(body, writable: false);
        }

        return body;
    }

    /// <summary>Cuts a part out of a body that was read: what follows finds the rest, byte for byte (MIC-117).</summary>
    public static void Cut(HttpContext context, byte[] body, Range part)
    {
        var (start, length) = part.GetOffsetAndLength(body.Length);
        var rest = new byte[body.Length - length];
        body.AsSpan(0, start).CopyTo(rest);
        body.AsSpan(start + length).CopyTo(rest.AsSpan(start));
        context.Request.Body = new MemoryStream(rest, writable: false);
        if (context.Request.ContentLength is not null)
        {
            context.Request.ContentLength = rest.Length;
        }
    }

    /// <summary>Whether the media type contains <c>json</c> (MIC-6, MIC-83).</summary>
    public static bool ClaimsJson(HttpRequest request)
    {
        foreach (var type in request.Headers.ContentType)
        {
            if (type is not null && type.Split(';')[0].Contains("json", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPlainUtf8(HttpRequest request)
    {
        foreach (var coding in request.Headers.ContentEncoding)
        {
            if (!string.IsNullOrWhiteSpace(coding) && !coding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        foreach (var type in request.Headers.ContentType)
        {
            foreach (var parameter in (type ?? "").Split(';').Skip(1))
            {
                var (name, value) = parameter.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim().Trim('"').Trim()) : ("", "");
                if (name.Equals("charset", StringComparison.OrdinalIgnoreCase) && value.ToLowerInvariant() is not ("utf-8" or "us-ascii"))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
