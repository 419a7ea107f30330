namespace Gatehouse.Dialects.Http;

/// <summary>Methods that are answered 405 everywhere and never forwarded (HTT-19).</summary>
public static class ForbiddenMethods
{
    /// <summary>What stands in <c>Allow</c> then.</summary>
    public const string Allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>Whether a method is one of them, in whatever letter case: an upstream may fold it.</summary>
    public static bool Contains(string method) =>
        method.Equals("TRACE", StringComparison.OrdinalIgnoreCase) || method.Equals("CONNECT", StringComparison.OrdinalIgnoreCase);
}
