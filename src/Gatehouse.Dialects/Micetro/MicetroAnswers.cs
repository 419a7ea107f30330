using System.Globalization;
using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.Micetro;

/// <summary>What the answers of all wrappings have in common: headers, challenges, and how the bytes go out.</summary>
internal static class MicetroAnswers
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Writes an answer. Nothing of this dialect is worth keeping in a cache, and much of it must not be.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string contentType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    /// <summary>Writes an error: the wrapping says which status and body.</summary>
    public static Task WriteErrorAsync(HttpContext context, MicetroError error, int status, string contentType, string body)
    {
        var headers = context.Response.Headers;
        if (status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = ChallengesOf(error, context.RequestServices.GetRequiredService<MicetroOptions>());
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, status, contentType, body);
    }

    /// <summary>What goes with the answer to the last leg of a handshake (HTT-62, MIC-98, MIC-99).</summary>
    public static void EndHandshake(HttpContext context, byte[]? token, bool persists)
    {
        var headers = context.Response.Headers;
        headers["Persistent-Auth"] = persists ? "true" : "false";
        if (token is not null)
        {
            // An upstream may have a challenge of its own to say.
            headers.WWWAuthenticate = StringValues.Concat(NegotiateToken.Challenge(token), headers.WWWAuthenticate);
        }
    }

    /// <summary>MIC-87: one header line each, in this order. The realm holds nothing that must be escaped (MIC-130).</summary>
    private static string[] ChallengesOf(MicetroError error, MicetroOptions options)
    {
        var bearer = $"Bearer realm=\"{options.Realm}\"";
        switch (error.Challenges)
        {
            case Challenges.All:
                var all = new List<string>(3);
                if (options.Preferences.Accepts(AuthorizationMethods.Basic))
                {
                    all.Add($"Basic realm=\"{options.Realm}\", charset=\"UTF-8\"");
                }

                if (options.Preferences.AcceptsNegotiate)
                {
                    all.Add(NegotiateToken.Scheme);
                }

                all.Add(bearer);
                return [.. all];
            case Challenges.Bearer:
                return [bearer];
            case Challenges.InvalidToken:
                return [$"{bearer}, error=\"invalid_token\""];
            case Challenges.Negotiate:
                return [NegotiateToken.Challenge(error.HandshakeToken)];
            default:
                return [];
        }
    }

    /// <summary>Faults that no endpoint foresaw, in the wrapping of the call, or in the endpoint's own while that is not known.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault, MicetroWrapping ofEndpoint)
    {
        var wrapping = context.Features.Get<MicetroWrapping>() ?? ofEndpoint;
        return wrapping.WriteErrorAsync(context, fault switch
        {
            UnforeseenFault.MalformedRequest => MicetroError.Unreadable,
            UnforeseenFault.TooLarge => MicetroError.TooLarge,
            UnforeseenFault.NoSuchResource => MicetroError.NotFound,
            UnforeseenFault.StoreUnavailable => MicetroError.Unavailable(RetryStore),
            _ => MicetroError.Internal,
        });
    }
}
