using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary><c>POST /oauth/revoke</c> (RFC 7009): a client ends a token of its own (HTT-164 to HTT-166). Said when the store has confirmed, and not before.</summary>
internal sealed class RevocationEndpoint(ClientAuthenticator clients, SubjectTokenDirectory subjects, SessionRegistry registry, SessionDesk desk, TimeProvider clock)
{
    private const string TokenParameter = "token";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await OAuthForm.ReadAsync(context.Request, IntrospectionEndpoint.Parameters);
        if (form is null)
        {
            await OAuthAnswers.WriteErrorAsync(context, error!);
            return;
        }

        (var client, error) = await clients.FindAsync(context, form, auditsAcceptance: true);
        if (client is null)
        {
            await OAuthAnswers.WriteErrorAsync(context, error!);
            return;
        }

        await (form[TokenParameter] is { } token
            ? RevokeAsync(context, client.Account, token)
            : OAuthAnswers.WriteErrorAsync(context, OAuthError.MissingParameter(TokenParameter)));
    }

    private async Task RevokeAsync(HttpContext context, Account client, string token)
    {
        var (state, session, account) = await FindAsync(token);
        if (state == SessionState.Unavailable)
        {
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.Unavailable(RetryStore));
            return;
        }

        // A lock keeps nobody from ending what is his.
        if (state is not (SessionState.Live or SessionState.Locked))
        {
            await OAuthAnswers.WriteRevokedAsync(context);
            return;
        }

        if (session!.Dialect != OAuthDialect.Id || session.ClientId != client.Id)
        {
            await OAuthAnswers.WriteErrorAsync(context, OAuthError.UnauthorizedClient);
            return;
        }

        var row = new GrantRecord(AuditEvents.Revoke, CallerLeg.Of(context).Source, clock.GetUtcNow()) { Account = account!.Name, Client = client.Name, Session = session.Id }.Accepted();
        if (session.Kind == SessionKind.Refresh)
        {
            await desk.EndAsync(session.Id, row, CancellationToken.None);
        }
        else
        {
            // An access token goes alone; the rest of its family lives on.
            await desk.EndAsync(new SessionFilter { Id = session.Id }, row, CancellationToken.None);
        }

        await OAuthAnswers.WriteRevokedAsync(context);
    }

    private async ValueTask<(SessionState State, LiveSession? Session, Account? Account)> FindAsync(string token)
    {
        // Refresh tokens of every dialect: they are nobody's subject, but alive (HTT-166).
        var check = await registry.CheckAsync(TokenHash.Of(token), CancellationToken.None);
        if (check.State == SessionState.Unavailable || check.Live?.Kind == SessionKind.Refresh)
        {
            return (check.State, check.Live, check.Account);
        }

        var found = await subjects.FindAsync(token, CancellationToken.None);
        return (found.State, found.Live, found.Account);
    }
}
