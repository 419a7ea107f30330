using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Core.Audit;

namespace Gatehouse.Storage;

/// <summary>The members that dialects add to audit events, as stores keep them: one JSON object, or null.</summary>
internal static class AuditDetails
{
    public static string? ToStore(AuditEvent audit)
    {
        if (audit.Details.IsEmpty && audit.Numbers.IsEmpty)
        {
            return null;
        }

        var members = audit.Details.Select(detail => KeyValuePair.Create(detail.Key, (JsonNode?)JsonValue.Create(detail.Value)))
            .Concat(audit.Numbers.Select(number => KeyValuePair.Create(number.Key, (JsonNode?)JsonValue.Create(number.Value))));
        return new JsonObject(members).ToJsonString();
    }

    public static AuditEvent WithDetails(this AuditEvent audit, string? json)
    {
        if (json is null)
        {
            return audit;
        }

        using var document = JsonDocument.Parse(json);
        var members = document.RootElement.EnumerateObject().ToLookup(member => member.Value.ValueKind == JsonValueKind.Number);
        return audit with
        {
            Details = Sorted(members[false], value => value.GetString()),
            Numbers = Sorted(members[true], value => value.GetInt64()),
        };
    }

    // None is always the same object, so that events that say the same are equal.
    private static ImmutableSortedDictionary<string, T> Sorted<T>(IEnumerable<JsonProperty> members, Func<JsonElement, T> read) =>
        members.Any() ? members.ToImmutableSortedDictionary(member => member.Name, member => read(member.Value), StringComparer.Ordinal) : ImmutableSortedDictionary<string, T>.Empty;
}
