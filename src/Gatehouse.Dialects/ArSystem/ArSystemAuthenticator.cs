using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ArSystem;

/// <summary>Who calls, as the token says: the session, and what the dialect needs to know of it.</summary>
/// <param name="Live">The session.</param>
/// <param name="Account">Its account.</param>
/// <param name="IsApiToken">Issued by the operator, not by a login.</param>
/// <param name="Roles">Roles that hold; none for a guest (ARS-67).</param>
internal sealed record ArSystemCaller(LiveSession Live, Account Account, bool IsApiToken, Roles Roles);

/// <summary>Decides about the token of a request, at protected paths and at logout alike.</summary>
internal sealed class ArSystemAuthenticator(SessionRegistry sessions, ArJwt jwt, ArSystemOptions options)
{
    public const string GuestAttribute = "guest";
    private const string CsrfHeader = "X-Requested-By";
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Finds the caller, or the error that the request is answered with.</summary>
    public async ValueTask<(ArSystemCaller? Caller, ArSystemError? Error)> FindCallerAsync(HttpContext context)
    {
        var credential = ArSystemCredential.Read(context.Request, options.UseCookie);
        if (credential is ArSystemCredential.Malformed malformed)
        {
            return (null, ArSystemError.Malformed(malformed.At));
        }

        if (HashOf(credential) is not { } hash)
        {
            return (null, ArSystemError.AuthenticationFailed);
        }

        var check = await sessions.CheckAsync(hash, context.RequestAborted);
        if (check.State == SessionState.Unavailable)
        {
            return (null, ArSystemError.Unavailable(RetryStore));
        }

        var isApiToken = credential is ArSystemCredential.Api;
        if (!check.IsLive || check.Live.Kind != (isApiToken ? SessionKind.ApiToken : SessionKind.Session))
        {
            return (null, ArSystemError.AuthenticationFailed);
        }

        // A token that was narrowed to tenants must not open something wider (ARS-90).
        var narrowed = isApiToken && check.Live.Tenants.Length > 0;
        var forged = credential is ArSystemCredential.Jwt { FromCookie: true } && IsUnsafe(context.Request) && string.IsNullOrWhiteSpace(context.Request.Headers[CsrfHeader]);
        if (narrowed || forged)
        {
            return (null, ArSystemError.NotWithThisCredential);
        }

        var roles = check.Live.Attributes.ContainsKey(GuestAttribute) ? Roles.None : RoleNames.Effective(check.Account.Roles);
        return (new ArSystemCaller(check.Live, check.Account, isApiToken, roles), null);
    }

    private TokenHash? HashOf(ArSystemCredential credential) => credential switch
    {
        ArSystemCredential.Jwt shown => jwt.TryVerify(shown.Token, out var hash) ? hash : null,
        ArSystemCredential.Api shown => TokenHash.Of(shown.Token),
        _ => null,
    };

    private static bool IsUnsafe(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
}
