using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// <c>POST /ess/security/v1/token</c>: the only endpoint that takes user credentials. In order: front door, one
/// <c>Authorization</c>, the tenant in it, media type, size, parameters (OI-30); then the grant, which is decided to its
/// end even if the caller goes away: a guess must not escape the audit, nor a rotation stay half done.
/// </summary>
internal sealed class TokenEndpoint(FrontDoor frontDoor, PasswordGrant passwordGrant, RefreshGrant refreshGrant, ILogger<TokenEndpoint> logger)
{
    /// <summary>Answers.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var notes = new TokenRequestNotes();
        LogWhenAnswered(context, notes);
        if (frontDoor.Stop(context, EndpointRules.Token) is { } answer)
        {
            await answer(context);
            return;
        }

        var (request, tenant, error) = await ReadAsync(context);
        if (request is null)
        {
            await OperationalIntelligenceAnswers.WriteErrorAsync(context, error!);
            return;
        }

        await (request is TokenRequest.ByPassword byPassword
            ? passwordGrant.HandleAsync(context, byPassword, tenant, notes)
            : refreshGrant.HandleAsync(context, (TokenRequest.ByRefreshToken)request, tenant, notes));
    }

    private static async ValueTask<(TokenRequest? Request, string Tenant, OperationalIntelligenceError? Error)> ReadAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.Authorization.Count > 1)
        {
            return (null, "", OperationalIntelligenceError.DuplicateAuthorization);
        }

        if (TenantHeader.Read(headers.Authorization) is not { } tenant)
        {
            return (null, "", OperationalIntelligenceError.InvalidAuthorization);
        }

        if (!TokenRequest.IsForm(headers))
        {
            return (null, tenant, OperationalIntelligenceError.UnsupportedMediaType);
        }

        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is not { } body)
        {
            return (null, tenant, OperationalIntelligenceError.TooLarge);
        }

        var (request, error) = TokenRequest.Read(context.Request.QueryString, body);
        return (request, tenant, error);
    }

    /// <summary>OI-121: whatever the answer was, also one that nobody foresaw.</summary>
    private void LogWhenAnswered(HttpContext context, TokenRequestNotes notes) => context.Response.OnCompleted(() =>
    {
        OperationalIntelligenceLog.TokenAnswered(
            logger, context.Response.StatusCode, Escaped(notes.Tenant), Escaped(notes.Account), ClientTransaction.IdOf(context));
        return Task.CompletedTask;
    });

    private static string? Escaped(string? text) => text is null ? null : TypedText.Escape(text);
}

/// <summary>What is found out about a token request while it is decided, for its log line: names of ours, nothing that was typed.</summary>
internal sealed class TokenRequestNotes
{
    /// <summary>The tenant as created.</summary>
    public string? Tenant { get; set; }

    /// <summary>The account as created.</summary>
    public string? Account { get; set; }
}
