using Gatehouse.Core;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Has a word in the head of a request before it is sent. To add one: 1. implement this; 2. register it as an
/// <see cref="IRequestTransform"/>; they are asked in the order of registration, after everything of the caller's was
/// copied or left out.
/// </summary>
public interface IRequestTransform
{
    /// <summary>The header fields that it sets. From outside they are removed in every spelling (ATK-36).</summary>
    IReadOnlyCollection<string> Headers { get; }

    /// <summary>Changes the head.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">What it needs cannot be had now: the request is not sent.</exception>
    ValueTask ApplyAsync(OutgoingRequest request);
}

/// <summary>A request on its way to an upstream.</summary>
/// <param name="Context">The caller's request.</param>
/// <param name="Identity">Who it is.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Message">The head as it will be sent.</param>
public sealed record OutgoingRequest(HttpContext Context, Identity Identity, UpstreamTarget Target, HttpRequestMessage Message)
{
    /// <summary>Sets a header field; null sets none.</summary>
    public void Set(string name, string? value)
    {
        if (value is not null)
        {
            Message.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
