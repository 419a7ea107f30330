using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>The fields of a login or logout as they were sent: a form, or at the later front server also JSON (PN-18 to PN-25, PN-84, PN-85).</summary>
/// <param name="UserName">As typed; null when absent.</param>
/// <param name="Password">As typed; null when absent.</param>
/// <param name="TenantName">As typed; null when absent.</param>
/// <param name="AuthToken">The token to end; null when absent.</param>
internal sealed record SignInFields(string? UserName, string? Password, string? TenantName, string? AuthToken)
{
    public const string UserNameField = "username";
    public const string PasswordField = "password";
    public const string TenantNameField = "tenantName";
    public const string AuthTokenField = "authToken";

    private const string FormType = "application/x-www-form-urlencoded";
    private const string JsonType = "application/json";
    private const int MaximumDepth = 8;

    /// <summary>All names that mean something in a sign-in or sign-out.</summary>
    public static readonly string[] Names = [UserNameField, PasswordField, TenantNameField, AuthTokenField];

    /// <summary>The first of name and password that is missing or empty (PN-19).</summary>
    public ProactiveNetError? Missing =>
        string.IsNullOrEmpty(UserName) ? ProactiveNetError.Missing(UserNameField)
        : string.IsNullOrEmpty(Password) ? ProactiveNetError.Missing(PasswordField)
        : null;

    /// <summary>Reads a body: media type, size, fields, in this order (PN-30).</summary>
    /// <param name="context">The request.</param>
    /// <param name="known">The fields that mean something here; others are passed over.</param>
    /// <param name="takesJson">Whether JSON is taken, too.</param>
    public static async ValueTask<(SignInFields? Fields, ProactiveNetError? Error)> ReadAsync(HttpContext context, string[] known, bool takesJson)
    {
        var request = context.Request;
        var type = MediaTypeOf(request);
        var isJson = takesJson && JsonType.Equals(type, StringComparison.OrdinalIgnoreCase);

        // A body that is not there needs no type: a sign-out by its header alone has none (PN-78).
        var isNothing = type is null && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
        var isForm = isNothing || FormType.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!RequestBody.IsSentAsItIs(request.Headers) || !(isForm || isJson))
        {
            return (null, ProactiveNetError.UnsupportedMediaType);
        }

        if (await RequestBody.ReadAsync(request, context.RequestAborted) is not { } body)
        {
            return (null, ProactiveNetError.TooLarge);
        }

        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        var error = isJson ? ReadJson(body, known, values) : ReadForm(body, known, values);
        return error is not null ? (null, error) : (new SignInFields(
            values.GetValueOrDefault(UserNameField),
            values.GetValueOrDefault(PasswordField),
            values.GetValueOrDefault(TenantNameField),
            values.GetValueOrDefault(AuthTokenField)), null);
    }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(SignInFields);

    /// <summary>The media type without its parameters; null when none is named.</summary>
    private static string? MediaTypeOf(HttpRequest request)
    {
        var types = request.Headers.ContentType;
        var type = types.Count == 1 ? types[0].AsSpan() : [];
        var semicolon = type.IndexOf(';');
        type = (semicolon < 0 ? type : type[..semicolon]).Trim();
        return types.Count > 1 ? "" : type.IsEmpty ? null : type.ToString();
    }

    private static ProactiveNetError? ReadForm(byte[] body, string[] known, Dictionary<string, string?> values)
    {
        // The body is bounded, and with it the number of fields.
        foreach (var field in FormBody.Parse(body, int.MaxValue)!)
        {
            if (!FormBody.TryReadUtf8(field.Name, out var name) || !known.Contains(name, StringComparer.Ordinal))
            {
                continue;
            }

            if (!FormBody.TryReadUtf8(field.Value, out var value))
            {
                return ProactiveNetError.Malformed(name);
            }

            // A token's plus sign that the caller forgot to encode arrives as a blank; no token holds one (PN-78).
            if (!values.TryAdd(name, name == AuthTokenField ? value.Replace(' ', '+') : value))
            {
                return ProactiveNetError.Duplicate(name);
            }
        }

        return null;
    }

    private static ProactiveNetError? ReadJson(byte[] body, string[] known, Dictionary<string, string?> values)
    {
        if (JsonMembers.Read(body, MaximumDepth) is not { } members)
        {
            return ProactiveNetError.MalformedJson;
        }

        foreach (var member in members.Where(member => known.Contains(member.Name, StringComparer.Ordinal)))
        {
            var isText = member.Kind == System.Text.Json.JsonValueKind.String;
            if (!isText && !(member is { Name: TenantNameField, Kind: System.Text.Json.JsonValueKind.Null }))
            {
                return ProactiveNetError.MalformedJson;
            }

            if (!values.TryAdd(member.Name, isText ? member.Text : null))
            {
                return ProactiveNetError.Duplicate(member.Name);
            }
        }

        return null;
    }
}
