using Gatehouse.Core;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.ForwardAuth;

/// <summary>
/// Has a word in the answer "let it in" to a proxy's question. To add one: 1. implement this; 2. register it as an
/// <see cref="IAnswerField"/>; 3. name its fields in the recipes of <c>deploy/</c>, which remove them from outside and
/// copy them to the upstream.
/// </summary>
public interface IAnswerField
{
    /// <summary>Sets response header fields.</summary>
    /// <param name="context">The question; its request is the one asked about.</param>
    /// <param name="identity">Who calls.</param>
    /// <exception cref="Core.Stores.StoreUnavailableException">What it needs cannot be had now: the answer is no.</exception>
    ValueTask ApplyAsync(HttpContext context, Identity identity);
}
