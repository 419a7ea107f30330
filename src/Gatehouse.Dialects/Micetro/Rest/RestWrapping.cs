using System.Globalization;
using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Rest;

/// <summary>REST: the result and the error as one-member objects, the status says the rest (MIC-17, MIC-36, MIC-78, MIC-121).</summary>
internal sealed class RestWrapping : MicetroWrapping
{
    private const string Json = "application/json; charset=utf-8";
    private readonly int _created;
    private readonly EchoWrapping _echo;
    private readonly MicetroError? _nobodySignsIn;

    private RestWrapping(int created, EchoWrapping echo, MicetroError? nobodySignsIn = null) => (_created, _echo, _nobodySignsIn) = (created, echo, nobodySignsIn);

    /// <summary>Any path (MIC-113).</summary>
    public static RestWrapping Path { get; } = new(StatusCodes.Status200OK, EchoWrapping.Plain);

    /// <summary><c>command(s)/X</c> (MIC-17, MIC-23, MIC-114).</summary>
    public static RestWrapping Command { get; } =
        new(StatusCodes.Status200OK, new EchoWrapping(Json, identity => Result(EchoWrapping.Json(identity))), MicetroError.MissingSession);

    /// <summary><c>micetro/sessions</c> (MIC-36).</summary>
    public static RestWrapping Sessions { get; } = new(StatusCodes.Status201Created, EchoWrapping.Plain);

    public override string Word => "rest";

    public override EchoWrapping Echo => _echo;

    public override MicetroError NobodySignsIn => _nobodySignsIn ?? base.NobodySignsIn;

    public override Task WriteSessionAsync(HttpContext context, string session, string? user) => MicetroAnswers.WriteAsync(context, _created, Json, Result($$"""{"session":"{{session}}"}"""));

    public override Task WriteSignedOutAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    public override Task WriteErrorAsync(HttpContext context, MicetroError error)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $$"""{"error":{"code":{{error.Code}},"message":""");
        return MicetroAnswers.WriteErrorAsync(context, error, error.Status, Json, WireJson.AppendString(body, error.Text).Append("}}").ToString());
    }

    /// <summary>Writes what <c>web_getPreLoginInfo</c> says (MIC-111).</summary>
    public static Task WriteResultAsync(HttpContext context, string json) => MicetroAnswers.WriteAsync(context, StatusCodes.Status200OK, Json, Result(json));

    private static string Result(string json) => $$"""{"result":{{json}}}""";
}
