using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The session id, outside of the dialect's paths.</summary>
internal sealed class MicetroSubjectTokens(MicetroOptions options) : ISubjectTokenReader
{
    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options.Enabled && SessionId.HasShape(text)
        ? new SubjectToken(TokenHash.Of(text), (session, _) => session is { Kind: SessionKind.Session, Dialect: MicetroDialect.Id })
        : null;
}
