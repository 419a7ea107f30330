using System.Text.Json;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>
/// The bearer of later calls: base64 of <c>{"tkn":"&lt;token&gt;","&lt;scope&gt;":&lt;value&gt;}</c> (contract section 6).
/// </summary>
/// <param name="Token">The token as shown.</param>
/// <param name="Tenant">The member <c>t</c>, or null.</param>
/// <param name="All">The member <c>all</c>.</param>
/// <param name="Global">The member <c>global</c>.</param>
internal sealed record WrappedBearer(string Token, string? Tenant, bool All, bool Global)
{
    /// <summary>Longest wrapped text, in bytes (OI-74).</summary>
    private const int MaximumBytes = 8_192;

    /// <summary>Longest token, in characters (OI-75).</summary>
    private const int MaximumTokenLength = 4_096;

    private const string Scheme = "Bearer";

    // The object itself; what lies deeper is refused anyway.
    private const int MaximumDepth = 2;

    /// <summary>More than one scope is named (OI-89).</summary>
    public bool IsAmbiguous => (Tenant is null ? 0 : 1) + (All ? 1 : 0) + (Global ? 1 : 0) > 1;

    /// <summary>Whether a token of somebody else's fits into a bearer, beside the name of a tenant.</summary>
    public static bool CanCarry(ExternalToken token) =>
        ExternalTokens.IsUsable(token, MaximumTokenLength) && token.Value.Length + token.Value.AsSpan().Count('"') + token.Value.AsSpan().Count('\\') <= MaximumTokenLength;

    /// <summary>What stands after the scheme in a field value; null when the scheme is another one or nothing follows.</summary>
    public static string? ValueOf(string field)
    {
        var trimmed = field.AsSpan().Trim(' ');
        return trimmed.Length > Scheme.Length && trimmed[Scheme.Length] == ' ' && trimmed.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? trimmed[Scheme.Length..].TrimStart(' ').ToString()
            : null;
    }

    /// <summary>Reads what stands after the scheme.</summary>
    /// <returns>Null when it is malformed (OI-74 to OI-76).</returns>
    public static WrappedBearer? Read(string value)
    {
        // The size first (ATK-47).
        if (value.Length > (MaximumBytes + 2) / 3 * 4 || !StandardBase64.TryDecode(value, paddingRequired: false, out var bytes) || bytes.Length > MaximumBytes)
        {
            return null;
        }

        return JsonMembers.Read(bytes, MaximumDepth) is { } members ? Read(members) : null;
    }

    /// <summary>Nothing: the token has no business in logs.</summary>
    public override string ToString() => nameof(WrappedBearer);

    private static WrappedBearer? Read(List<JsonMember> members)
    {
        var (token, tenant, all, global) = ((string?)null, (string?)null, false, false);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            if (!names.Add(member.Name) || member.Kind is JsonValueKind.Object or JsonValueKind.Array)
            {
                return null;
            }

            switch (member.Name)
            {
                case "tkn" when member.Kind != JsonValueKind.String || TypedText.Length(member.Text!) is < 1 or > MaximumTokenLength:
                case "t" when member.Kind != JsonValueKind.String || member.Text!.Length == 0:
                    return null;
                case "tkn":
                    token = member.Text;
                    break;
                case "t":
                    tenant = member.Text;
                    break;
                case "all":
                    all = IsTrue(member);
                    break;
                case "global":
                    global = IsTrue(member);
                    break;
                default:
                    break;
            }
        }

        return token is null ? null : new WrappedBearer(token, tenant, all, global);
    }

    /// <summary>OI-87</summary>
    private static bool IsTrue(JsonMember member) =>
        member.Kind == JsonValueKind.True || (member.Kind == JsonValueKind.String && member.Text!.Equals("true", StringComparison.OrdinalIgnoreCase));
}
