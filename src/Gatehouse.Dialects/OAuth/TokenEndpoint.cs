using Gatehouse.Core.Accounts;
using Gatehouse.Core.Text;
using Gatehouse.Core.Tokens;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OAuth;

/// <summary>
/// <c>POST /oauth/token</c>. In order (HTT-135): form, client, grant type, parameters, grant; the last is decided to its end
/// even if the client goes away: a guess must not escape the audit, nor a rotation stay half done.
/// </summary>
internal sealed class TokenEndpoint(
    ClientAuthenticator clients,
    ClientCredentialsGrant clientCredentials,
    PasswordGrant password,
    RefreshGrant refresh,
    ExchangeGrant exchange,
    IIssuer issuer,
    OAuthOptions options)
{
    /// <summary>Names of the grants that are advertised, in their order (HTT-147, HTT-167).</summary>
    public static IReadOnlyList<string> GrantTypes(OAuthOptions options) =>
    [
        TokenRequest.ClientCredentials, TokenRequest.RefreshTokenGrant, TokenRequest.TokenExchange, .. options.PasswordGrantClients.Count > 0 ? [TokenRequest.Password] : (string[])[],
    ];

    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await OAuthForm.ReadAsync(context.Request, TokenRequest.Parameters);
        if (form is null)
        {
            await OAuthAnswers.WriteErrorAsync(context, error!);
            return;
        }

        (var client, error) = await clients.FindAsync(context, form, auditsAcceptance: false);
        if (client is null || (error = FaultOf(form[TokenRequest.GrantType], client.Account)) is not null)
        {
            await OAuthAnswers.WriteErrorAsync(context, error!);
            return;
        }

        (var request, error) = TokenRequest.Read(form, form[TokenRequest.GrantType]!, options, issuer);
        await (request switch
        {
            TokenRequest.ByClient byClient => clientCredentials.HandleAsync(context, client.Account, byClient),
            TokenRequest.ByPassword byPassword => password.HandleAsync(context, client.Account, byPassword),
            TokenRequest.ByRefreshToken byRefreshToken => refresh.HandleAsync(context, client.Account, byRefreshToken),
            TokenRequest.ByExchange byExchange => exchange.HandleAsync(context, client.Account, byExchange),
            _ => OAuthAnswers.WriteErrorAsync(context, error!),
        });
    }

    /// <summary>HTT-144, HTT-147, HTT-148</summary>
    private OAuthError? FaultOf(string? grantType, Account client) => grantType switch
    {
        null => OAuthError.MissingParameter(TokenRequest.GrantType),
        TokenRequest.Password when options.PasswordGrantClients.Count > 0 =>
            options.PasswordGrantClients.Any(name => CanonicalName.KeyOf(name) == client.Key) ? null : OAuthError.UnauthorizedClient,
        TokenRequest.ClientCredentials or TokenRequest.RefreshTokenGrant or TokenRequest.TokenExchange => null,
        _ => OAuthError.UnsupportedGrantType,
    };
}
