using Gatehouse.Core.Text;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary><c>Authorization: Basic &lt;base64(tenant name)&gt;</c>: how a client names its tenant at the token endpoint (OI-14 to OI-19).</summary>
internal static class TenantHeader
{
    private const string Scheme = "Basic";
    private const int MaximumLength = 16 * 1024;

    /// <summary>Reads the header; there is one field of it at most.</summary>
    /// <returns>The tenant's name as sent, without what follows it on its line; null when the header is unusable.</returns>
    public static string? Read(StringValues authorization)
    {
        var value = authorization.Count == 0 ? "" : (authorization[0] ?? "").Trim(' ');
        if (value.Length > MaximumLength || !value.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase)
            || !StandardBase64.TryDecodeText(value.AsSpan(Scheme.Length).TrimStart(' '), paddingRequired: true, out var text))
        {
            return null;
        }

        // 'echo $ORG | openssl enc -base64' encodes the line end, too (OI-15).
        var name = text.TrimEnd('\r', '\n', '\t', ' ');
        return name.Length == 0 || name.Contains(':', StringComparison.Ordinal) || TypedText.HasControl(name) ? null : name;
    }
}
