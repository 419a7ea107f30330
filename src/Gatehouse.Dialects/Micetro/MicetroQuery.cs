using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The parameters in a request's query, decoded once.</summary>
internal sealed class MicetroQuery
{
    private readonly List<(string Name, string? Value)> _fields = [];

    private MicetroQuery()
    {
    }

    public static MicetroQuery Of(HttpRequest request)
    {
        var query = new MicetroQuery();
        var raw = request.QueryString.Value;
        if (string.IsNullOrEmpty(raw))
        {
            return query;
        }

        // As bytes: what they mean is decided by UTF-8 alone.
        foreach (var field in FormBody.Parse(Encoding.UTF8.GetBytes(raw[1..]), int.MaxValue)!)
        {
            if (FormBody.TryReadUtf8(field.Name, out var name))
            {
                query._fields.Add((name, FormBody.TryReadUtf8(field.Value, out var value) ? value : null));
            }
        }

        return query;
    }

    /// <summary>A query without the fields of one name; the others stand as they were sent (MIC-117).</summary>
    public static QueryString Without(QueryString query, string name)
    {
        if (query.Value is not { Length: > 1 } text)
        {
            return query;
        }

        var fields = text[1..].Split('&');
        var kept = Array.FindAll(fields, field => !NameOf(field).Equals(name, StringComparison.OrdinalIgnoreCase));
        return kept.Length == fields.Length ? query : kept.Length == 0 ? QueryString.Empty : new QueryString($"?{string.Join('&', kept)}");
    }

    private static string NameOf(string field) =>
        FormBody.Parse(Encoding.UTF8.GetBytes(field), maximumFields: 1) is [var only] && FormBody.TryReadUtf8(only.Name, out var name) ? name : "";

    /// <summary>Whether a name is there, with whatever value.</summary>
    public bool Has(string name) => _fields.Exists(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds what is read there.</summary>
    /// <returns>False when one of the values is no text.</returns>
    public bool TryAddTo(CommandParameters parameters)
    {
        var readable = true;
        foreach (var (name, value) in _fields)
        {
            if (value is not null)
            {
                parameters.Add(name, ParameterValue.Of(value));
            }
            else
            {
                readable &= parameters.See(name) is null;
            }
        }

        return readable;
    }
}
