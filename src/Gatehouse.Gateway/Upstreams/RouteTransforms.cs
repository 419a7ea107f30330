using Gatehouse.Client;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;

namespace Gatehouse.Gateway.Upstreams;

/// <summary>Hands the caller's own credential on, because the route says so (ATK-40).</summary>
internal sealed class CredentialTransform(IReadOnlyList<string> fields) : IRequestTransform
{
    public IReadOnlyCollection<string> Headers { get; } = fields;

    public ValueTask ApplyAsync(OutgoingRequest request)
    {
        foreach (var (name, values) in request.Context.Features.Get<MatchedRoute>()?.Credential ?? [])
        {
            request.Message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Removes every field by which the caller could claim to be somebody under the gate's own account, and lets the request
/// act as the caller where the route says so. The account's token comes later, with the sending.
/// </summary>
internal sealed class SignInTransform(ISignIn wire, bool impersonates) : IRequestTransform
{
    public IReadOnlyCollection<string> Headers { get; } = wire.IdentityFields;

    public ValueTask ApplyAsync(OutgoingRequest request)
    {
        if (impersonates && !wire.TryActAs(request.Message, request.Identity.User))
        {
            throw new InvalidOperationException("The upstream's dialect has no impersonation.");
        }

        return ValueTask.CompletedTask;
    }
}
