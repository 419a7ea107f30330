using System.Text;
using System.Text.Json;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.Micetro.JsonRpc;

/// <summary>A JSON-RPC call as it was sent (MIC-41 to MIC-49).</summary>
/// <param name="Id">The id as the token that was sent, or <c>null</c>.</param>
/// <param name="Method">The command; null when the call cannot be read.</param>
/// <param name="Params">The members of <c>params</c>.</param>
/// <param name="Error">What is wrong with it, or null.</param>
internal sealed record JsonRpcRequest(string Id, string? Method, IReadOnlyList<JsonMember> Params, MicetroError? Error)
{
    private const string NoId = "null";
    private const int MaximumDepth = 64;

    /// <summary>What to cut out of the body so that the session is gone; null when there is none.</summary>
    public Range? Session { get; private init; }

    /// <summary>Reads a call.</summary>
    public static JsonRpcRequest Read(ReadOnlySpan<byte> body)
    {
        var utf8 = body.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
        var mark = body.Length - utf8.Length;
        if (JsonMembers.Read(utf8, MaximumDepth) is not { } members)
        {
            return Refused(NoId, IsArray(utf8) ? MicetroError.Batch : MicetroError.Unreadable);
        }

        // In another letter case it is not the member, but beside it, it is one too many for a reader that does not care.
        if (!TryFind(members, "method", out var method) || !TryFind(members, "params", out var parameters) || !TryFind(members, "id", out var id))
        {
            return Refused(NoId, MicetroError.Unreadable);
        }

        if (id is { Kind: not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null) })
        {
            return Refused(NoId, MicetroError.Unreadable);
        }

        var token = id is { } sent ? Encoding.UTF8.GetString(utf8[sent.Raw]) : NoId;
        if (method is not { Kind: JsonValueKind.String, Text.Length: > 0 })
        {
            return Refused(token, MicetroError.Missing("method"));
        }

        if (parameters is null or { Kind: JsonValueKind.Null })
        {
            return new JsonRpcRequest(token, method.Value.Text, [], null);
        }

        return parameters is { Kind: JsonValueKind.Object } && JsonMembers.Read(utf8[parameters.Value.Raw], MaximumDepth) is { } inner
            ? new JsonRpcRequest(token, method.Value.Text, inner, null) { Session = SessionIn(inner, mark + parameters.Value.Raw.Start.Value) }
            : Refused(token, MicetroError.ParamsMustBeAnObject);
    }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(JsonRpcRequest);

    private static Range? SessionIn(List<JsonMember> inner, int offset)
    {
        var at = inner.FindIndex(member => ParameterNames.IsSession(member.Name));
        if (at < 0)
        {
            return null;
        }

        var cut = JsonMembers.CutOf(inner, at);
        return (offset + cut.Start.Value)..(offset + cut.End.Value);
    }

    private static JsonRpcRequest Refused(string id, MicetroError error) => new(id, null, [], error);

    private static bool TryFind(List<JsonMember> members, string name, out JsonMember? found)
    {
        found = null;
        var count = 0;
        foreach (var member in members)
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                count++;
                found = member.Name == name ? member : found;
            }
        }

        return count < 2;
    }

    private static bool IsArray(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartArray && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
