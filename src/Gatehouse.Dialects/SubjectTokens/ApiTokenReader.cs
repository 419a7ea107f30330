using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.SubjectTokens;

/// <summary>API tokens, which belong to no dialect (HTT-108).</summary>
internal sealed class ApiTokenReader : ISubjectTokenReader
{
    /// <inheritdoc/>
    public SubjectToken? Read(string text) =>
        ApiToken.HasShape(text) ? new SubjectToken(TokenHash.Of(text), (session, _) => session.Kind == SessionKind.ApiToken) : null;
}
