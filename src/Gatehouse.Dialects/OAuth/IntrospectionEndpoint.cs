using Gatehouse.Core;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>What a client learns about a live token (HTT-160).</summary>
/// <param name="Id">Public id of its session.</param>
/// <param name="Account">Name of its account.</param>
/// <param name="IssuedAt">When it was issued.</param>
/// <param name="Expires">The end of its absolute life; null when it has none.</param>
/// <param name="Facts">What it was granted for.</param>
internal sealed record ActiveToken(PublicId Id, string Account, DateTimeOffset IssuedAt, DateTimeOffset? Expires, TokenFacts Facts)
{
    /// <summary><c>iss</c></summary>
    public string? Issuer { get; init; }

    /// <summary><c>token_type</c></summary>
    public string? TokenType { get; init; }
}

/// <summary>
/// <c>POST /oauth/introspect</c> (RFC 7662): whether a token is alive, by the session behind it, at this moment. Being asked
/// about is no use: a session that idles out does so although somebody keeps asking.
/// </summary>
internal sealed class IntrospectionEndpoint(ClientAuthenticator clients, SubjectTokenDirectory subjects, SessionRegistry registry, RefreshFamilies families, IIssuer issuer)
{
    private const string Token = "token";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>The parameters of the endpoint.</summary>
    public static IReadOnlyList<string> Parameters { get; } = [Token, "token_type_hint", ClientCredential.IdParameter, ClientCredential.SecretParameter];

    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await OAuthForm.ReadAsync(context.Request, Parameters);
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

        await (form[Token] is { } token
            ? AnswerAsync(context, client, token)
            : OAuthAnswers.WriteErrorAsync(context, OAuthError.MissingParameter(Token)));
    }

    private async Task AnswerAsync(HttpContext context, OAuthClient client, string token)
    {
        var (active, isUnavailable) = RefreshToken.HasShape(token) ? await FindRefreshAsync(context, client, token) : await FindAsync(context, token);
        await (isUnavailable ? OAuthAnswers.WriteErrorAsync(context, OAuthError.Unavailable(RetryStore))
            : active is null ? OAuthAnswers.WriteInactiveAsync(context)
            : OAuthAnswers.WriteActiveAsync(context, active));
    }

    private async ValueTask<(ActiveToken? Active, bool IsUnavailable)> FindAsync(HttpContext context, string token)
    {
        var found = await subjects.FindAsync(token, context.RequestAborted);
        if (!found.IsLive)
        {
            return (null, found.State == SessionState.Unavailable);
        }

        var session = found.Live;
        var active = new ActiveToken(session.Id, found.Account.Name, session.Issued, session.Expires, TokenFacts.Of(session, found.Account));
        return (session.Kind == SessionKind.OAuthAccess ? active with { Issuer = issuer.Name, TokenType = "Bearer" } : active, false);
    }

    /// <summary>Only for the client that it was issued to.</summary>
    private async ValueTask<(ActiveToken? Active, bool IsUnavailable)> FindRefreshAsync(HttpContext context, OAuthClient client, string token)
    {
        var check = await registry.CheckAsync(TokenHash.Of(token), context.RequestAborted);
        if (check.State == SessionState.Unavailable)
        {
            return (null, true);
        }

        var isTheirs = check.IsLive
            && check.Live is { Kind: SessionKind.Refresh, Dialect: OAuthDialect.Id }
            && check.Live.ClientId == client.Account.Id
            && await families.IsUnusedAsync(check.Live.Id, context.RequestAborted);
        return isTheirs
            ? (new ActiveToken(check.Live!.Id, check.Account!.Name, check.Live.Issued, check.Live.Expires, TokenFacts.Of(check.Live, check.Account)) { Issuer = issuer.Name }, false)
            : (null, false);
    }
}
