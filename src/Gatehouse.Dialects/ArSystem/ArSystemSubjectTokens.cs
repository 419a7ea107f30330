using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>The AR-JWT, outside of the dialect's paths: the signature first, as everywhere (ARS-71).</summary>
internal sealed class ArSystemSubjectTokens(ArJwt jwt, ArSystemOptions options) : ISubjectTokenReader
{
    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options.Enabled && jwt.TryVerify(text, out var hash)
        ? new SubjectToken(hash, (session, _) => session is { Kind: SessionKind.Session, Dialect: ArSystemDialect.Id }) { IsJwt = true }
        : null;
}
