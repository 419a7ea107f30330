using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>The head of a request as it is sent to an upstream: method, path and query as they were decided upon, and the fields that pass.</summary>
internal static class OutgoingHead
{
    private const string Trailers = "trailers";
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly SearchValues<char> Visible = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)]);

    /// <summary>Builds a head. <c>Connection</c> is heard before its own fields are removed; what the gate sets comes later, so that nothing of it can be named away (ATK-29).</summary>
    public static HttpRequestMessage Create(HttpContext context, string destination, ForwardLimits limits, CallerBody? body, bool upgrades)
    {
        var request = context.Request;
        var message = new HttpRequestMessage(MethodOf(request), TargetOf(request, destination))
        {
            Version = limits.Version,
            VersionPolicy = limits.VersionPolicy,
            Content = body is not null ? body : IsIdempotent(request.Method) ? null : new NoBody(),
        };
        var named = HeaderRules.NamedBy(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (!HeaderRules.StaysBeforeGate(name) && named?.Contains(name) is not true && (body is not null || !name.Equals(HeaderNames.Expect, StringComparison.OrdinalIgnoreCase)))
            {
                Add(message, name, values);
            }
        }

        if (request.Headers.TE.Any(value => value!.Contains(Trailers, StringComparison.OrdinalIgnoreCase)))
        {
            message.Headers.TryAddWithoutValidation(HeaderNames.TE, Trailers);
        }

        if (upgrades)
        {
            (message.Version, message.VersionPolicy) = (System.Net.HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
            message.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
            message.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, request.Headers.Upgrade.ToString());
        }

        return message;
    }

    /// <summary>Whether carrying a request out twice is carrying it out once (RFC 9110 section 9.2.2).</summary>
    public static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method);

    /// <summary>The client writes <c>get</c> in capitals: another method than was decided upon, so it is refused.</summary>
    private static HttpMethod MethodOf(HttpRequest request)
    {
        var method = HttpMethod.Parse(request.Method);
        return method.Method.Equals(request.Method, StringComparison.Ordinal) ? method : throw new BadHttpRequestException("The method is a known one in another letter case.");
    }

    /// <summary>Path and query exactly as they stand: read again by a URL parser, they could become something that nobody decided upon.</summary>
    private static Uri TargetOf(HttpRequest request, string destination)
    {
        var target = $"{request.PathBase.Value}{request.Path.Value}{request.QueryString.Value}";
        return target.Length > 0 && target[0] == '/' && !target.AsSpan().ContainsAnyExcept(Visible)
            ? new Uri(destination + target, AsItIs)
            : throw new BadHttpRequestException("The target holds what cannot stand in a request line.");
    }

    private static void Add(HttpRequestMessage message, string name, StringValues values)
    {
        foreach (var value in values)
        {
            if (HeaderRules.BreaksLine(value ?? ""))
            {
                throw new BadHttpRequestException("A header field holds a line end.");
            }
        }

        // Crumbs of HTTP/2 are one field again (RFC 9113 section 8.2.3).
        var sent = values.Count > 1 && name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? new StringValues(string.Join("; ", values!)) : values;
        if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)sent))
        {
            message.Content ??= new NoBody();
            message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)sent);
        }
    }
}
