using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The head of an upstream's answer: passed on as it is, or not at all.</summary>
internal static class AnswerHead
{
    private const int FirstFinalStatus = 200;
    private const int LastStatus = 999;

    /// <summary>Whether an answer says one thing only: a status, one length or none, and fields without control characters (ATK-76).</summary>
    public static bool CanBePassedOn(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        if (status is < FirstFinalStatus or > LastStatus && status != StatusCodes.Status101SwitchingProtocols)
        {
            return false;
        }

        if (answer.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out var lengths)
            && (lengths.Count > 1 || !IsWhole(lengths.ToString()) || answer.Headers.NonValidated.Contains(HeaderNames.TransferEncoding)))
        {
            return false;
        }

        return AreClean(answer.Headers.NonValidated) && AreClean(answer.Content.Headers.NonValidated);
    }

    /// <summary>Writes the head to the caller. What the gate itself has said already stays (a handshake's last word, for example).</summary>
    public static void CopyTo(HttpResponse response, HttpResponseMessage answer)
    {
        response.StatusCode = (int)answer.StatusCode;
        if (!string.IsNullOrEmpty(answer.ReasonPhrase) && !answer.ReasonPhrase.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            response.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.ReasonPhrase;
        }

        var named = answer.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection) ? HeaderRules.NamedBy(new StringValues([.. connection])) : null;
        Copy(response.Headers, answer.Headers.NonValidated, named);
        Copy(response.Headers, answer.Content.Headers.NonValidated, named);
        if (answer.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out var length) && response.StatusCode != StatusCodes.Status204NoContent)
        {
            response.Headers.ContentLength = long.Parse(length.ToString(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (response.Headers.CacheControl.Count == 0)
        {
            // An answer to who has signed in is nobody else's (HTT-34).
            response.Headers.CacheControl = "private";
        }
    }

    /// <summary>Whether fields hold no control character.</summary>
    public static bool AreClean(HttpHeadersNonValidated headers)
    {
        foreach (var header in headers)
        {
            foreach (var value in header.Value)
            {
                if (HeaderRules.HasControl(value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static void Copy(IHeaderDictionary to, HttpHeadersNonValidated from, HashSet<string>? named)
    {
        foreach (var header in from)
        {
            if (HeaderRules.StaysBehindGate(header.Key) || named?.Contains(header.Key) is true)
            {
                continue;
            }

            var values = new StringValues([.. header.Value]);
            var ours = to[header.Key];
            if (ours.Count == 0)
            {
                to[header.Key] = values;
            }
            else if (header.Key.Equals(HeaderNames.WWWAuthenticate, StringComparison.OrdinalIgnoreCase) || header.Key.Equals(HeaderNames.SetCookie, StringComparison.OrdinalIgnoreCase))
            {
                to[header.Key] = StringValues.Concat(ours, values);
            }
        }
    }

    private static bool IsWhole(string text) => text.Length is > 0 and < 19 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}
