namespace Gatehouse.Dialects.Http;

/// <summary>The option <c>Upstream</c>, which every dialect has: where its protected paths go.</summary>
internal static class UpstreamOption
{
    /// <summary>Whether a text is <c>echo</c> or an absolute URL that a request's path can be appended to.</summary>
    public static bool IsAllowed(string text) =>
        text == "echo" || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0);
}
