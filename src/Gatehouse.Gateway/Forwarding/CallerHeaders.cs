using Gatehouse.Dialects.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Tells the upstream where the request came from, in the gate's own words: the one source address that it was decided
/// upon (HTT-21), the caller's own scheme, and the host that he asked for. Nothing of what the caller said is added to it.
/// </summary>
public sealed class CallerHeaders : IRequestTransform
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Headers { get; } = [For, Proto, Host];

    /// <inheritdoc/>
    public ValueTask ApplyAsync(OutgoingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var leg = CallerLeg.Of(request.Context);
        var source = leg.Source.IsIPv4MappedToIPv6 ? leg.Source.MapToIPv4() : leg.Source;
        request.Set(For, source.ToString());
        request.Set(Proto, leg.IsHttps ? "https" : "http");
        request.Set(Host, request.Context.Request.Host is { HasValue: true } host ? host.Value : null);
        return ValueTask.CompletedTask;
    }
}
