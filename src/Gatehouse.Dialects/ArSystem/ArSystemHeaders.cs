using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>The optional request headers <c>X-AR-*</c>: what is valid, and what may go on to the upstream (contract section 9).</summary>
internal static class ArSystemHeaders
{
    public const string ClientType = "X-AR-Client-Type";
    public const string RpcQueue = "X-AR-RPC-Queue";
    public const string Timeout = "X-AR-Timeout";
    public const string ImpersonatedUser = "X-AR-Impersonated-User";
    private const string TraceId = "X-AR-Trace-Id";
    private const string TraceCoreId = "X-AR-TR-Core-Id";
    private const string TraceCounter = "X-AR-TR-Counter";
    private const string TraceCounterLocked = "X-AR-TR-Is-Counter-Locked";
    private const string Prefix = "X-AR-";
    private const int FirstQueue = 390_600;
    private const int LastQueue = 390_694;
    private static readonly SearchValues<char> Separators = SearchValues.Create(", \t");

    /// <summary>Reads the client type (ARS-91).</summary>
    /// <returns>The fault, or null; the type is null when absent.</returns>
    public static ArSystemError? ReadClientType(IHeaderDictionary headers, out string? clientType)
    {
        var values = headers[ClientType];
        clientType = null;
        if (values.Count == 0)
        {
            return null;
        }

        if (values.Count > 1)
        {
            return ArSystemError.Malformed(ClientType);
        }

        if (!IsDigits(values[0], 1, 10) || long.Parse(values[0]!, NumberStyles.None, CultureInfo.InvariantCulture) > int.MaxValue)
        {
            return ArSystemError.InvalidClientType;
        }

        clientType = values[0];
        return null;
    }

    /// <summary>Checks what stands on a protected path, after the token was accepted; drops what may not go on.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="timeout">What <c>X-AR-Timeout</c> asks for, or null.</param>
    public static ArSystemError? Check(IHeaderDictionary headers, out TimeSpan? timeout)
    {
        timeout = null;
        if (NamesAnotherHeader(headers.Connection))
        {
            return ArSystemError.Malformed("Connection");
        }

        if (ReadClientType(headers, out _) is { } fault)
        {
            return fault;
        }

        var queue = headers[RpcQueue];
        if (queue.Count > 0 && (queue.Count > 1 || !IsQueue(queue[0])))
        {
            return ArSystemError.Malformed(RpcQueue);
        }

        var seconds = headers[Timeout];
        if (seconds.Count > 0)
        {
            if (seconds.Count > 1 || !IsDigits(seconds[0], 1, 9) || int.Parse(seconds[0]!, NumberStyles.None, CultureInfo.InvariantCulture) is var value && value < 1)
            {
                return ArSystemError.Malformed(Timeout);
            }

            timeout = TimeSpan.FromSeconds(value);
        }

        DropBadTrace(headers);
        DropUnderscores(headers);
        return null;
    }

    /// <summary>ARS-97: a proxy would drop what was decided upon.</summary>
    private static bool NamesAnotherHeader(StringValues connection)
    {
        foreach (var value in connection)
        {
            foreach (var range in value.AsSpan().SplitAny(Separators))
            {
                var name = value.AsSpan()[range];
                if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || name.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>ARS-94: only for logs, so a bad one is dropped and the call goes on.</summary>
    private static void DropBadTrace(IHeaderDictionary headers)
    {
        Keep(headers, TraceId, IsTraceId);
        Keep(headers, TraceCoreId, IsTraceId);
        Keep(headers, TraceCounter, static value => IsDigits(value, 1, 10));
        Keep(headers, TraceCounterLocked, static value => value is "true" or "false");
    }

    /// <summary>ARS-96: an upstream may take <c>X_AR_Impersonated_User</c> for the header that was checked.</summary>
    private static void DropUnderscores(IHeaderDictionary headers)
    {
        List<string>? folded = null;
        foreach (var header in headers)
        {
            if (header.Key.Contains('_', StringComparison.Ordinal) && header.Key.Replace('_', '-').StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                (folded ??= []).Add(header.Key);
            }
        }

        folded?.ForEach(name => headers.Remove(name));
    }

    private static void Keep(IHeaderDictionary headers, string name, Func<string?, bool> isValid)
    {
        var values = headers[name];
        if (values.Count > 1 || (values.Count == 1 && !isValid(values[0])))
        {
            headers.Remove(name);
        }
    }

    private static bool IsTraceId(string? value) => value is { Length: >= 1 and <= 128 } && !value.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool IsQueue(string? value) =>
        IsDigits(value, 6, 6) && int.Parse(value!, NumberStyles.None, CultureInfo.InvariantCulture) is >= FirstQueue and <= LastQueue;

    private static bool IsDigits(string? value, int shortest, int longest) =>
        value is not null && value.Length >= shortest && value.Length <= longest && !value.AsSpan().ContainsAnyExceptInRange('0', '9');
}
