using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro.JsonRpc;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>
/// <c>/mmws/soap</c> and <c>/_mmwebext/mmwebext.dll</c>: the first word of the query says what is meant, the media type
/// whether it is JSON-RPC after all (MIC-6, MIC-7).
/// </summary>
internal sealed class SoapEndpoint(
    MicetroLogin login, MicetroLogout logout, MicetroAuthenticator authenticator, MicetroProtectedCall protectedCall, JsonRpcEndpoint jsonRpc, WsdlPage wsdl, MicetroOptions options)
{
    public const string Path = "/mmws/soap";
    public const string OldPath = "/_mmwebext/mmwebext.dll";
    private const string Post = "POST";

    /// <summary>The wrapping of a request that nobody has looked into yet.</summary>
    public static MicetroWrapping WrappingOf(HttpContext context) =>
        MicetroBody.ClaimsJson(context.Request) ? JsonRpcWrapping.WithoutId(IsOld(context)) : SoapWrapping.Unread;

    /// <summary>Answers a request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var isOld = IsOld(context);
        switch (SelectorOf(context.Request.QueryString))
        {
            case "WSDL":
                return wsdl.HandleAsync(context, isOld ? $"{OldPath}?Soap" : Path);
            case "REQUESTSSO":
                return OverPost(context, RequestSsoAsync);
            case "SOAP":
                return OverPost(context, CallAsync);
            default:
                return isOld ? WrappingOf(context).WriteErrorAsync(context, MicetroError.NotFound) : OverPost(context, CallAsync);
        }
    }

    private static bool IsOld(HttpContext context) => context.Request.Path.StartsWithSegments("/_mmwebext", StringComparison.OrdinalIgnoreCase);

    private static string SelectorOf(QueryString query)
    {
        var text = query.HasValue ? query.Value.AsSpan(1) : [];
        var end = text.IndexOfAny("?&=");
        return (end < 0 ? text : text[..end]).ToString().ToUpperInvariant();
    }

    private static Task OverPost(HttpContext context, Func<HttpContext, Task> handler) =>
        HttpMethods.IsPost(context.Request.Method) ? handler(context) : WrappingOf(context).WriteErrorAsync(context, MicetroError.MethodNotAllowed(Post));

    /// <summary>MIC-68: a handshake for a session. The body, a server's name, has no effect.</summary>
    private async Task RequestSsoAsync(HttpContext context)
    {
        var error = !options.Preferences.AcceptsNegotiate ? MicetroError.SingleSignOnNotEnabled
            : await RequestBody.ReadAsync(context.Request, context.RequestAborted) is null ? MicetroError.TooLarge
            : MicetroCredential.Read(context.Request, options.Preferences) is MicetroCredential.Negotiate ? null
            : MicetroError.StartHandshake;
        await (error is null
            ? login.HandleAsync(new CommandCall(context, SoapWrapping.SingleSignOn, new CommandParameters(ParameterNames.OfSoapCommands), MicetroQuery.Of(context.Request)))
            : SoapWrapping.SingleSignOn.WriteErrorAsync(context, error));
    }

    private Task CallAsync(HttpContext context) => MicetroBody.ClaimsJson(context.Request) ? jsonRpc.HandleAsync(context, IsOld(context)) : CallSoapAsync(context);

    private async Task CallSoapAsync(HttpContext context)
    {
        var (body, error) = await MicetroBody.ReadAsync(context, options.MaxCallBodyBytes);
        if (error is not null)
        {
            await SoapWrapping.Unread.WriteErrorAsync(context, error);
            return;
        }

        var request = SoapRequest.Read(body);
        var wrapping = new SoapWrapping(request.Version, request.Command);
        context.Features.Set<MicetroWrapping>(wrapping);
        if (request.Error is { } fault)
        {
            await wrapping.WriteErrorAsync(context, fault);
            return;
        }

        switch (request.Command.ToUpperInvariant())
        {
            case SoapRequest.Login:
                await RunAsync(context, wrapping, request, body.Length, login.HandleAsync);
                return;
            case SoapRequest.Logout:
                await RunAsync(context, wrapping, request, body.Length, logout.HandleAsync);
                return;
            default:
                await CallAsync(context, wrapping, request, body);
                return;
        }
    }

    private static Task RunAsync(HttpContext context, SoapWrapping wrapping, SoapRequest request, int length, Func<CommandCall, Task> command) =>
        length > RequestBody.MaximumBytes
            ? wrapping.WriteErrorAsync(context, MicetroError.TooLarge)
            : command(new CommandCall(context, wrapping, request.Parameters, MicetroQuery.Of(context.Request)));

    private async Task CallAsync(HttpContext context, SoapWrapping wrapping, SoapRequest request, byte[] body)
    {
        var query = MicetroQuery.Of(context.Request);
        var (caller, error) = query.Has(ParameterNames.LoginName) && query.Has(ParameterNames.Password)
            ? (null, MicetroError.PasswordInUrl)
            : await authenticator.FindCallerAsync(context, wrapping, request.Parameters[ParameterNames.Session], query.Has(ParameterNames.Session));
        if (caller is not null && request.Session is { } session)
        {
            MicetroBody.Cut(context, body, session);
        }

        await (caller is null ? wrapping.WriteErrorAsync(context, error!) : protectedCall.HandleAsync(context, wrapping, authenticator.Accept(context, caller)));
    }
}
