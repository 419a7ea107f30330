using System.Net.Http.Json;

namespace Gatehouse.Client;

/// <summary>Whether a request's body can be sent a second time.</summary>
public static class ReplayableBody
{
    private static readonly HttpRequestOptionsKey<bool> Mark = new("Gatehouse.Client.ReplayableBody");

    /// <summary>Says of a body of an unknown kind that it can be sent again, for example after it was buffered.</summary>
    /// <param name="request">The request.</param>
    public static void MarkReplayable(this HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(Mark, value: true);
    }

    /// <summary>No body, one that is held in memory, one that is made anew each time, or one that was marked.</summary>
    internal static bool Has(HttpRequestMessage request) => IsReplayable(request.Content) || (request.Options.TryGetValue(Mark, out var marked) && marked);

    private static bool IsReplayable(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent => true,
        MultipartContent parts => parts.All(IsReplayable),
        _ => false,
    };
}
