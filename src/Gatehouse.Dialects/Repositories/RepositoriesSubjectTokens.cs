using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.SubjectTokens;

namespace Gatehouse.Dialects.Repositories;

/// <summary>The password text that names a session, outside of the dialect's paths; its <c>sid</c> proves it there as here (REP-61, REP-62).</summary>
internal sealed class RepositoriesSubjectTokens(RepositoriesAuthenticator authenticator, RepositoriesOptions options) : ISubjectTokenReader
{
    /// <inheritdoc/>
    public SubjectToken? Read(string text) => options is { Enabled: true, SessionEndpoint: true } && PasswordForm.Of(text) is PasswordForm.Session shown
        ? new SubjectToken(TokenHash.Of(shown.Id), (session, account) =>
            session is { Kind: SessionKind.Session, Dialect: RepositoriesDialect.Id } && authenticator.IsProven(session, account, shown))
        : null;
}
