using Gatehouse.Core.Tokens;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>Tells the upstream who calls in a JWT that it can check by itself, made out for it alone.</summary>
/// <param name="signer">Signs it.</param>
/// <param name="audience">Whom it is for; null: the upstream by its scheme and authority.</param>
internal sealed class AssertionTransform(AssertionSigner signer, string? audience = null) : IRequestTransform
{
    /// <summary>The field.</summary>
    public const string Assertion = "Gatehouse-Assertion";

    public IReadOnlyCollection<string> Headers { get; } = [Assertion];

    public ValueTask ApplyAsync(OutgoingRequest request)
    {
        request.Set(Assertion, signer.Sign(request.Identity, audience ?? request.Target.Name));
        return ValueTask.CompletedTask;
    }
}
