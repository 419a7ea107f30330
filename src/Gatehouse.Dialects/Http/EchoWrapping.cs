using System.Text;
using Gatehouse.Core;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// How the built-in upstream writes the identity that a real one would be told. A dialect whose calls come in wrappings
/// of their own sets this as a feature of the request; a real upstream never looks at it.
/// </summary>
/// <param name="ContentType">Content type of the answer.</param>
/// <param name="Write">Writes the identity.</param>
public sealed record EchoWrapping(string ContentType, Func<Identity, string> Write)
{
    /// <summary>The echo object as it is.</summary>
    public static EchoWrapping Plain { get; } = new("application/json", Json);

    /// <summary>The echo object: every member, absent ones as null.</summary>
    public static string Json(Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var json = new StringBuilder();
        WireJson.AppendString(json.Append("{\"user\":"), identity.User);
        WireJson.AppendString(json.Append(",\"dialect\":"), identity.Dialect);
        WireJson.AppendString(json.Append(",\"method\":"), identity.Method);
        WireJson.AppendStringOrNull(json.Append(",\"tenant\":"), identity.Tenant);
        WireJson.AppendStringOrNull(json.Append(",\"scope\":"), identity.Scope);
        json.Append(",\"tenants\":[");
        for (var i = 0; i < identity.Tenants.Length; i++)
        {
            WireJson.AppendString(i == 0 ? json : json.Append(','), identity.Tenants[i]);
        }

        WireJson.AppendStringOrNull(json.Append("],\"impersonator\":"), identity.Impersonator);
        WireJson.AppendStringOrNull(json.Append(",\"session\":"), identity.Session?.ToString());
        return json.Append('}').ToString();
    }
}
