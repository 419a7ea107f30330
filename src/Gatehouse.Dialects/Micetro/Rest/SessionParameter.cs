using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Rest;

/// <summary>The parameter <c>session</c> of a protected REST call: in the query, else as a member of a JSON body (MIC-82, MIC-83).</summary>
internal static class SessionParameter
{
    public static async ValueTask<(ParameterValue? Session, MicetroError? Error)> ReadAsync(HttpContext context, MicetroQuery query, MicetroOptions options)
    {
        // Neither used nor forwarded, whatever else is sent (MIC-139).
        if (query.Has(ParameterNames.LoginName) && query.Has(ParameterNames.Password))
        {
            return (null, MicetroError.PasswordInUrl);
        }

        var parameters = new CommandParameters(ParameterNames.OfCalls);
        if (query.Has(ParameterNames.Session))
        {
            return !options.AllowSessionInUrl ? (null, MicetroError.SessionInUrl) : query.TryAddTo(parameters) ? Found(parameters) : (null, MicetroError.Unreadable);
        }

        var hasHeader = !string.IsNullOrWhiteSpace(context.Request.Headers.Authorization.ToString());
        if (hasHeader && !IsCommand(context.Request.Path))
        {
            // Bodies of other paths are not looked into when there is a header (MIC-85).
            return (null, null);
        }

        return MicetroBody.ClaimsJson(context.Request) ? await ReadBodyAsync(context, parameters, options) : (null, null);
    }

    private static async ValueTask<(ParameterValue? Session, MicetroError? Error)> ReadBodyAsync(HttpContext context, CommandParameters parameters, MicetroOptions options)
    {
        if (await MicetroBody.KeepAsync(context, options.MaxCallBodyBytes) is not { } body)
        {
            return (null, MicetroError.TooLarge);
        }

        // A body that is no JSON object carries no session.
        var members = JsonMembers.Read(body, RestCommand.MaximumDepth) ?? [];
        foreach (var member in members)
        {
            parameters.Add(member.Name, new ParameterValue(member.Kind, member.Text));
        }

        if (members.FindIndex(member => ParameterNames.IsSession(member.Name)) is >= 0 and var at)
        {
            MicetroBody.Cut(context, body, JsonMembers.CutOf(members, at));
        }

        return Found(parameters);
    }

    private static (ParameterValue? Session, MicetroError? Error) Found(CommandParameters parameters) =>
        parameters.GivenTwice is { } name ? (null, MicetroError.GivenTwice(name)) : (parameters[ParameterNames.Session], null);

    /// <summary>Whether a path is <c>{base}/command(s)/...</c>.</summary>
    private static bool IsCommand(PathString path)
    {
        var segments = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        var at = segments.Length > 2 && segments[2].Equals("v2", StringComparison.OrdinalIgnoreCase) ? 3 : 2;
        return segments.Length > at + 1 && segments[at].ToLowerInvariant() is "command" or "commands" && segments[1].Equals("api", StringComparison.OrdinalIgnoreCase);
    }
}
