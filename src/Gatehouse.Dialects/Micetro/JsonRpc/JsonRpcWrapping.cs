using System.Globalization;
using System.Text;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.JsonRpc;

/// <summary>JSON-RPC 2.0, as the product speaks it: its own codes in <c>error.code</c>, and every call answered (contract section 4).</summary>
/// <param name="id">The id as the JSON token that was sent; <c>null</c> where none was.</param>
/// <param name="isOldWebApplication">The path of the old web application, where 400, 401 and 403 are 200 (MIC-47).</param>
internal sealed class JsonRpcWrapping(string id, bool isOldWebApplication) : MicetroWrapping
{
    private const string Json = "application/json; charset=utf-8";

    public override string Word => "json-rpc";

    public override EchoWrapping Echo { get; } = new(Json, identity => Result(EchoWrapping.Json(identity), id));

    /// <summary>The wrapping of a call whose id is not known.</summary>
    public static JsonRpcWrapping WithoutId(bool isOldWebApplication) => new("null", isOldWebApplication);

    public override Task WriteSessionAsync(HttpContext context, string session, string? user) => WriteResultAsync(context, $$"""{"session":"{{session}}"}""");

    // Clients test that the result is no object (MIC-51).
    public override Task WriteSignedOutAsync(HttpContext context) => WriteResultAsync(context, "\"\"");

    public Task WriteResultAsync(HttpContext context, string json) => MicetroAnswers.WriteAsync(context, StatusCodes.Status200OK, Json, Result(json, id));

    public override Task WriteErrorAsync(HttpContext context, MicetroError error)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $$"""{"jsonrpc":"2.0","error":{"code":{{error.Code}},"message":""");
        WireJson.AppendString(body, error.Text).Append("},\"id\":").Append(id).Append('}');
        return MicetroAnswers.WriteErrorAsync(context, error, StatusOf(error), Json, body.ToString());
    }

    private int StatusOf(MicetroError error) => error.Status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden when isOldWebApplication && !error.StatusHolds => StatusCodes.Status200OK,
        _ => error.Status,
    };

    private static string Result(string json, string id) => $$"""{"jsonrpc":"2.0","result":{{json}},"id":{{id}}}""";
}
