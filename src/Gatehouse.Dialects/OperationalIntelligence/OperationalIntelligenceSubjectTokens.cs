using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>The bare <c>tkn</c>, outside of the dialect's paths. Its holder may name any tenant of the account (OI-80 and the following).</summary>
internal sealed class OperationalIntelligenceSubjectTokens(OperationalIntelligenceOptions options) : ISubjectTokenReader
{
    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options.Enabled && IssuedTokens.HasShape(text)
        ? new SubjectToken(TokenHash.Of(text), (session, _) => session is { Kind: SessionKind.Session, Dialect: OperationalIntelligenceDialect.Id }) { OpensAllTenants = true }
        : null;
}
