using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.JsonRpc;

/// <summary>The JSON-RPC paths: own commands are answered, all others are protected calls.</summary>
internal sealed class JsonRpcEndpoint(MicetroLogin login, MicetroLogout logout, MicetroAuthenticator authenticator, MicetroProtectedCall protectedCall, MicetroOptions options)
{
    /// <summary>Answers a call.</summary>
    public async Task HandleAsync(HttpContext context, bool isOldWebApplication)
    {
        var (body, error) = await MicetroBody.ReadAsync(context, options.MaxCallBodyBytes);
        var request = error is null ? JsonRpcRequest.Read(body) : null;
        var wrapping = request is null ? JsonRpcWrapping.WithoutId(isOldWebApplication) : new JsonRpcWrapping(request.Id, isOldWebApplication);
        context.Features.Set<MicetroWrapping>(wrapping);
        if ((error ?? request!.Error) is { } fault)
        {
            await wrapping.WriteErrorAsync(context, fault);
            return;
        }

        switch (request!.Method!.ToUpperInvariant())
        {
            case "LOGIN":
                await RunAsync(context, wrapping, request, body.Length, login.HandleAsync);
                return;
            case "LOGOUT":
                await RunAsync(context, wrapping, request, body.Length, logout.HandleAsync);
                return;
            case "WEB_GETPRELOGININFO":
                await RunAsync(context, wrapping, request, body.Length, call => PreLoginInfo.AnswerAsync(call, options, json => wrapping.WriteResultAsync(context, json)));
                return;
            default:
                await CallAsync(context, wrapping, request, body);
                return;
        }
    }

    private static Task RunAsync(HttpContext context, JsonRpcWrapping wrapping, JsonRpcRequest request, int length, Func<CommandCall, Task> command) =>
        length > RequestBody.MaximumBytes
            ? wrapping.WriteErrorAsync(context, MicetroError.TooLarge)
            : command(new CommandCall(context, wrapping, Read(request, ParameterNames.OfOwnCommands), MicetroQuery.Of(context.Request)));

    private async Task CallAsync(HttpContext context, JsonRpcWrapping wrapping, JsonRpcRequest request, byte[] body)
    {
        var parameters = Read(request, ParameterNames.OfCalls);
        var query = MicetroQuery.Of(context.Request);
        var (caller, error) = true switch
        {
            _ when query.Has(ParameterNames.LoginName) && query.Has(ParameterNames.Password) => (null, MicetroError.PasswordInUrl),
            _ when parameters.GivenTwice is { } name => (null, MicetroError.GivenTwice(name)),
            _ => await authenticator.FindCallerAsync(context, wrapping, parameters[ParameterNames.Session], query.Has(ParameterNames.Session)),
        };
        if (caller is not null && request.Session is { } session)
        {
            MicetroBody.Cut(context, body, session);
        }

        await (caller is null ? wrapping.WriteErrorAsync(context, error!) : protectedCall.HandleAsync(context, wrapping, authenticator.Accept(context, caller)));
    }

    private static CommandParameters Read(JsonRpcRequest request, IReadOnlyList<string> names)
    {
        var parameters = new CommandParameters(names);
        foreach (var member in request.Params)
        {
            parameters.Add(member.Name, new ParameterValue(member.Kind, member.Text));
        }

        return parameters;
    }
}
