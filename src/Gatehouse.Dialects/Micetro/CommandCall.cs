using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>A call of a command that is answered here, out of its wrapping.</summary>
/// <param name="Context">The request.</param>
/// <param name="Wrapping">Its wrapping.</param>
/// <param name="Parameters">Its parameters, as far as they are read here.</param>
/// <param name="Query">The parameters of its URL, which are not always its own.</param>
internal sealed record CommandCall(HttpContext Context, MicetroWrapping Wrapping, CommandParameters Parameters, MicetroQuery Query)
{
    /// <summary>What is wrong with the parameters themselves (MIC-29, MIC-34).</summary>
    public MicetroError? Fault =>
        Parameters.GivenTwice is { } name ? MicetroError.GivenTwice(name)
        : !Parameters.TryReadSwitch(ParameterNames.UnauthorizedAsForbidden, out _) || !Parameters.TryReadSwitch(ParameterNames.SingleSignOn, out _) ? MicetroError.Unreadable
        : null;

    /// <summary>Answers with an error, as forbidden where the client asked for that (MIC-29).</summary>
    public Task RefuseAsync(MicetroError error) => Wrapping.WriteErrorAsync(
        Context, Parameters.TryReadSwitch(ParameterNames.UnauthorizedAsForbidden, out var asForbidden) && asForbidden ? error.AsForbidden() : error);
}
