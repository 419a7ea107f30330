using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>A request that was let in.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="Tenant">Name of the tenant that it acts in; null for none.</param>
internal sealed record ProactiveNetEntry(ProactiveNetCaller Caller, string? Tenant);

/// <summary>
/// Decides about a request to a protected path. The order of its checks is the contract's: method, transport, path, two
/// credentials, query, token, name and password, tenant; the first that fails is the answer, and nothing after it is done.
/// </summary>
internal sealed class ProactiveNetAuthenticator(ProactiveNetTokens tokens, Base64Format base64, TenantScope scope, ProactiveNetOptions options)
{
    /// <summary>Decides.</summary>
    /// <exception cref="Core.Stores.StoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<(ProactiveNetEntry? Entry, ProactiveNetError? Error)> DecideAsync(HttpContext context)
    {
        var request = context.Request;
        if (FaultOf(context) is { } fault)
        {
            return (null, fault);
        }

        var credential = ProactiveNetCredential.Read(request);
        if (credential is ProactiveNetCredential.Several)
        {
            return (null, ProactiveNetError.MoreThanOneCredential);
        }

        if (ProactiveNetQuery.ReadTenantName(request, out var tenantName) is { } malformed)
        {
            return (null, malformed);
        }

        var (caller, refusal) = await FindCallerAsync(context, credential);
        if (caller is null)
        {
            return (null, refusal);
        }

        var (tenant, error) = await scope.ResolveAsync(context, caller, tenantName);
        return error is null ? (new ProactiveNetEntry(caller, tenant), null) : (null, error);
    }

    private ProactiveNetError? FaultOf(HttpContext context) =>
        ForbiddenMethods.Contains(context.Request.Method) ? ProactiveNetError.MethodNotAllowed(ForbiddenMethods.Allowed)
        : !options.AllowHttp && !CallerLeg.Of(context).IsHttps ? ProactiveNetError.HttpsRequired
        : ProactiveNetPaths.ShadowsOwn(context.Request.Path) ? ProactiveNetError.NotFound
        : null;

    /// <summary>Tells tokens and passwords apart, in the order of PN-48; only the last step is a guess.</summary>
    private async ValueTask<(ProactiveNetCaller? Caller, ProactiveNetError? Error)> FindCallerAsync(HttpContext context, ProactiveNetCredential credential)
    {
        var (value, mayBeToken, mayBePassword) = credential switch
        {
            ProactiveNetCredential.Token token => (token.Value, true, token.MayBePassword),
            ProactiveNetCredential.Basic basic => (basic.Value, false, options.AllowBasicScheme),
            _ => (null, false, false),
        };
        if (value is null)
        {
            return (null, ProactiveNetError.AuthenticationFailed);
        }

        var finding = await tokens.FindAsync(value, context.RequestAborted);
        return finding.Standing switch
        {
            TokenStanding.Live when mayBeToken => (finding.Caller, null),
            TokenStanding.Undecided => (null, finding.Error),
            TokenStanding.Unknown when mayBePassword => await base64.CheckAsync(context, value),
            _ => (null, ProactiveNetError.AuthenticationFailed),
        };
    }
}
