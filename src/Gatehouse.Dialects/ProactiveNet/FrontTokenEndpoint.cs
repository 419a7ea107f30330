using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The later front server's questions about a token, and its end (PN-88 to PN-91).</summary>
internal sealed class FrontTokenEndpoint(ProactiveNetTokens tokens, ProactiveNetLogout logout, SessionRegistry sessions, ProactiveNetAnswers answers)
{
    private const string DetailsHeader = "getTokenDetails";

    /// <summary>PN-88, PN-89.</summary>
    public Task ValidateAsync(HttpContext context) => AnswerAsync(context, caller =>
    {
        // Asked for once, and in so many letters; everything else is a no.
        var wanted = context.Request.Headers[DetailsHeader];
        return wanted.Count == 1 && wanted[0].AsSpan().Trim().Equals("true", StringComparison.OrdinalIgnoreCase)
            ? answers.WriteTokenDetailsAsync(context, caller.OnlyTenant, caller.Account.Name)
            : answers.WriteTokenLivesAsync(context);
    });

    /// <summary>PN-91.</summary>
    public Task ListGroupsAsync(HttpContext context) =>
        AnswerAsync(context, caller => answers.WriteGroupsAsync(context, RoleNames.NamesOf(caller.Account.Roles)));

    /// <summary>PN-90.</summary>
    public async Task DeleteAsync(HttpContext context)
    {
        var (token, error) = await ReadTokenAsync(context);
        error = token is null ? error : await logout.EndTokenAsync(context, token, ProactiveNetError.InvalidToken);
        await (error is null ? answers.WriteLoggedOutAsync(context) : answers.WriteErrorAsync(context, error));
    }

    private async Task AnswerAsync(HttpContext context, Func<ProactiveNetCaller, Task> answer)
    {
        var (token, error) = await ReadTokenAsync(context);
        var finding = token is null ? default : await tokens.FindAsync(token, context.RequestAborted);
        if (token is not null && finding.Caller is { } caller)
        {
            sessions.Use(caller.Live!);
            await answer(caller);
            return;
        }

        await answers.WriteErrorAsync(context, error ?? finding.Error ?? ProactiveNetError.InvalidToken);
    }

    private static async ValueTask<(string? Token, ProactiveNetError? Error)> ReadTokenAsync(HttpContext context)
    {
        var credential = ProactiveNetCredential.Read(context.Request);
        if (credential is ProactiveNetCredential.Several)
        {
            return (null, ProactiveNetError.MoreThanOneCredential);
        }

        // What the body says is passed over; that it breaks no rule of HTTP is not.
        if (await RequestBody.ReadAsync(context.Request, context.RequestAborted) is null)
        {
            return (null, ProactiveNetError.TooLarge);
        }

        return credential switch
        {
            ProactiveNetCredential.Token token => (token.Value, null),
            ProactiveNetCredential.None => (null, ProactiveNetError.TokenMissing),
            _ => (null, ProactiveNetError.InvalidToken),
        };
    }
}
