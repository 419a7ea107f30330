using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Rest;

/// <summary>Reads the parameters of a REST command that is answered here: query and JSON body together (MIC-18, MIC-37).</summary>
internal static class RestCommand
{
    public const int MaximumDepth = 64;

    /// <summary>Reads a call, or says what is wrong with it (MIC-126 to MIC-128).</summary>
    public static async ValueTask<(CommandCall? Call, MicetroError? Error)> ReadAsync(HttpContext context, MicetroWrapping wrapping)
    {
        var (body, error) = await MicetroBody.ReadAsync(context, RequestBody.MaximumBytes);
        if (error is not null)
        {
            return (null, error);
        }

        var parameters = new CommandParameters(ParameterNames.OfOwnCommands);
        var query = MicetroQuery.Of(context.Request);
        return query.TryAddTo(parameters) && TryAddBody(body, parameters)
            ? (new CommandCall(context, wrapping, parameters, query), null)
            : (null, MicetroError.Unreadable);
    }

    private static bool TryAddBody(byte[] body, CommandParameters parameters)
    {
        if (body.Length == 0)
        {
            return true;
        }

        if (JsonMembers.Read(body, MaximumDepth) is not { } members)
        {
            return false;
        }

        foreach (var member in members)
        {
            parameters.Add(member.Name, new ParameterValue(member.Kind, member.Text));
        }

        return true;
    }
}
