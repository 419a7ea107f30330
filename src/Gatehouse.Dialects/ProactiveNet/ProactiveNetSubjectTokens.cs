using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The <c>authToken</c>, outside of the dialect's paths. It has no shape that one could tell: only the store knows it.</summary>
internal sealed class ProactiveNetSubjectTokens(ProactiveNetOptions options) : ISubjectTokenReader
{
    /// <summary>Longest text that is looked up, in characters (HTT-9).</summary>
    private const int MaximumLength = 16 * 1024;

    /// <inheritdoc/>
    public bool TellsByShape => false;

    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options.Enabled && text.Length <= MaximumLength
        ? new SubjectToken(TokenHash.Of(text), (session, _) => session is { Kind: SessionKind.Session, Dialect: ProactiveNetDialect.Id })
        : null;
}
