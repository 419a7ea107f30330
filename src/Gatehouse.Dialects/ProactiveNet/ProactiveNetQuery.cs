using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The query of a request: read for one parameter on protected paths, and for what must not stand there on own endpoints.</summary>
internal static class ProactiveNetQuery
{
    /// <summary>Whether a credential or a tenant stands in the URL, where logs and proxies keep it (PN-21).</summary>
    public static bool HoldsSignInField(HttpRequest request)
    {
        foreach (var field in Parse(request))
        {
            if (FormBody.TryReadUtf8(field.Name, out var name) && Array.Exists(SignInFields.Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads <c>tenantName</c>: once at most, in any letter case and after decoding (PN-65 to PN-71).</summary>
    public static ProactiveNetError? ReadTenantName(HttpRequest request, out string? tenantName)
    {
        tenantName = null;
        foreach (var field in Parse(request))
        {
            if (!FormBody.TryReadUtf8(field.Name, out var name) || !name.Equals(SignInFields.TenantNameField, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (tenantName is not null)
            {
                return ProactiveNetError.Duplicate(SignInFields.TenantNameField);
            }

            if (!FormBody.TryReadUtf8(field.Value, out tenantName))
            {
                return ProactiveNetError.Malformed(SignInFields.TenantNameField);
            }
        }

        return null;
    }

    // The request target is bounded, and with it the number of fields.
    private static List<FormField> Parse(HttpRequest request) =>
        request.QueryString is { HasValue: true, Value: { } query } ? FormBody.Parse(Encoding.UTF8.GetBytes(query, 1, query.Length - 1), int.MaxValue)! : [];
}
