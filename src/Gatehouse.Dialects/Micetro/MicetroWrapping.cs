using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>
/// The clothes of a call: REST, JSON-RPC or SOAP. The commands decide; a wrapping writes what they decided, byte for
/// byte. To add one: 1. read its requests into <see cref="CommandParameters"/>; 2. write its answers here; 3. map its paths.
/// </summary>
internal abstract class MicetroWrapping
{
    /// <summary>Its word in the audit (MIC-136).</summary>
    public abstract string Word { get; }

    /// <summary>How the built-in upstream answers a call of this wrapping.</summary>
    public abstract EchoWrapping Echo { get; }

    /// <summary>What a Login is told that says neither who nor how (MIC-23).</summary>
    public virtual MicetroError NobodySignsIn => MicetroError.Missing(ParameterNames.LoginName);

    /// <summary>Writes a new session (MIC-17).</summary>
    /// <param name="context">The request.</param>
    /// <param name="session">Its id.</param>
    /// <param name="user">The name that was proved, as it was proved; told by few (MIC-68).</param>
    public abstract Task WriteSessionAsync(HttpContext context, string session, string? user);

    /// <summary>Writes that a session has ended.</summary>
    public abstract Task WriteSignedOutAsync(HttpContext context);

    /// <summary>Writes an error.</summary>
    public abstract Task WriteErrorAsync(HttpContext context, MicetroError error);
}
