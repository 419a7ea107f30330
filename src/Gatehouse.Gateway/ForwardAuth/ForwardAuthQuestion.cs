using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Gatehouse.Gateway.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// A proxy's question: may this request pass? It says method and target in one of two families of header fields, or in
/// the path of the question itself (<c>/auth/check/original/path?query</c>, with the original method).
/// </summary>
/// <param name="Method">Method of the request asked about.</param>
/// <param name="Path">Its path, in normal form and still escaped.</param>
/// <param name="Query">Its query with the question mark, or empty.</param>
internal sealed record ForwardAuthQuestion(string Method, string Path, string Query)
{
    /// <summary>Where questions are asked.</summary>
    public const string CheckPath = "/auth/check";

    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> Visible = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)]);

    /// <summary>Reads a question.</summary>
    /// <param name="request">The question as it came.</param>
    /// <param name="target">Its request target as it was sent.</param>
    /// <param name="question">What is asked.</param>
    /// <returns>False when it can be read in no way or in two (ATK-37): the answer is no.</returns>
    public static bool TryRead(HttpRequest request, string target, [NotNullWhen(true)] out ForwardAuthQuestion? question)
    {
        question = null;
        Original? found = null;
        return TryAdd(ref found, request.Headers["X-Forwarded-Method"], request.Headers["X-Forwarded-Uri"])
            && TryAdd(ref found, request.Headers["X-Original-Method"], request.Headers["X-Original-URI"])
            && TryAddPath(ref found, request.Method, target)
            && found is { } original
            && TryRead(original, out question);
    }

    /// <summary>A family is there as a whole, once, and says what the others say; or it is not there.</summary>
    private static bool TryAdd(ref Original? found, StringValues method, StringValues uri)
    {
        if (method.Count == 0 && uri.Count == 0)
        {
            return true;
        }

        return method is [{ } one] && uri is [{ } other] && TryAgree(ref found, new Original(one, other));
    }

    private static bool TryAddPath(ref Original? found, string method, string target)
    {
        if (!target.StartsWith(CheckPath, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = target.AsSpan(CheckPath.Length);
        return rest.Length == 0 || rest[0] == '?' || (rest[0] == '/' && TryAgree(ref found, new Original(method, rest.ToString())));
    }

    private static bool TryAgree(ref Original? found, Original other)
    {
        found ??= other;
        return found == other;
    }

    private static bool TryRead(Original original, [NotNullWhen(true)] out ForwardAuthQuestion? question)
    {
        question = null;
        var (method, uri) = original;
        if (uri.Length is 0 or > RequestTargetMiddleware.MaximumTargetLength || uri[0] != '/' || uri.AsSpan().ContainsAnyExcept(Visible) || uri.Contains('#', StringComparison.Ordinal) || !IsMethod(method))
        {
            return false;
        }

        var mark = uri.IndexOf('?', StringComparison.Ordinal);
        var sent = mark < 0 ? uri : uri[..mark];
        if (!NormalPath.TryRead(sent, out var path))
        {
            return false;
        }

        // The proxy sends on what it has, not what was decided upon here. So it must have the normal form already; only
        // the letters of escapes may be small, which nobody reads differently (ATK-25).
        if (!path.Equals(sent, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // HEAD is decided upon as GET: so the refusal has its body, which the proxy leaves out.
        question = new ForwardAuthQuestion(HttpMethods.IsHead(method) ? HttpMethods.Get : method, path, mark < 0 ? "" : uri[mark..]);
        return true;
    }

    /// <summary>A method that is read in one way: <c>get</c> is GET to some servers only.</summary>
    private static bool IsMethod(string method) =>
        method.Length is > 0 and <= 64 && !method.AsSpan().ContainsAnyExcept(Token) && HttpMethods.GetCanonicalizedValue(method).Equals(method, StringComparison.Ordinal);

    private readonly record struct Original(string Method, string Uri);
}
