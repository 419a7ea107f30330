using System.Globalization;
using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>Everything that the dialect writes, byte for byte. One member per line: shell clients cut answers with grep (OI-41).</summary>
internal static class OperationalIntelligenceAnswers
{
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(5);

    /// <summary>Contract section 3: exactly these seven members, in this order.</summary>
    public static Task WriteTokensAsync(HttpContext context, TokenAnswer answer)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.Pragma = "no-cache";
        return WriteAsync(context, StatusCodes.Status200OK,
        [
            ("userRefID", Number(answer.UserRefId)),
            ("tkn", Text(answer.Tokens.Access)),
            ("tt", Text("Bearer")),
            ("v", Number(answer.IdleSeconds)),
            ("rtkn", Text(answer.Tokens.Refresh)),
            ("lc", Text(answer.Tokens.Locale)),
            ("userCohort", Text(answer.Cohort)),
        ]);
    }

    /// <summary>Contract section 8.</summary>
    public static Task WriteMeAsync(HttpContext context, MeAnswer answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, StatusCodes.Status200OK,
        [
            ("userRefID", Number(answer.UserRefId)),
            ("username", Text(answer.UserName)),
            ("lc", Text(answer.Locale)),
            ("v", Number(answer.IdleSeconds)),
            ("userCohort", TextOrNull(answer.Cohort)),
            ("tenant", TextOrNull(answer.Tenant)),
            ("scope", Text(answer.Scope.Name)),
            ("tenants", List(answer.Scope.Tenants)),
        ]);
    }

    /// <summary>Contract section 9.</summary>
    public static Task WriteErrorAsync(HttpContext context, OperationalIntelligenceError error)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            // OI-99: on the token endpoint, too. Basic would open a browser's dialog for a password that does not belong there.
            headers.WWWAuthenticate = error.IsRefusedBearer ? "Bearer realm=\"ess\", error=\"invalid_token\"" : "Bearer realm=\"ess\"";
        }

        if (error.Allow is not null)
        {
            headers.Allow = error.Allow;
        }

        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, error.Status, [("msg", Text(error.Text)), ("code", Text(error.Code))]);
    }

    /// <summary>Faults that no endpoint foresaw.</summary>
    public static Task WriteFaultAsync(HttpContext context, UnforeseenFault fault) => WriteErrorAsync(context, fault switch
    {
        UnforeseenFault.MalformedRequest => OperationalIntelligenceError.MalformedBody,
        UnforeseenFault.TooLarge => OperationalIntelligenceError.TooLarge,
        UnforeseenFault.NoSuchResource => OperationalIntelligenceError.NotFound,
        UnforeseenFault.StoreUnavailable => OperationalIntelligenceError.Unavailable(RetryStore),
        _ => OperationalIntelligenceError.Internal,
    });

    private static async Task WriteAsync(HttpContext context, int status, (string Name, string Json)[] members)
    {
        var lines = members.Select(member => $"  \"{member.Name}\": {member.Json}");
        var bytes = Encoding.UTF8.GetBytes($"{{\n{string.Join(",\n", lines)}\n}}");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(string text) => WireJson.AppendString(new StringBuilder(), text).ToString();

    private static string TextOrNull(string? text) => text is null ? "null" : Text(text);

    private static string List(IReadOnlyList<string> items) => items.Count == 0 ? "[]" : $"[\n{string.Join(",\n", items.Select(item => $"    {Text(item)}"))}\n  ]";
}

/// <summary>What a successful grant tells the caller.</summary>
/// <param name="UserRefId">Tracks this request (OI-43).</param>
/// <param name="Tokens">The tokens and the locale.</param>
/// <param name="IdleSeconds">The idle time-out (OI-46).</param>
/// <param name="Cohort">Internal id of the tenant (OI-48).</param>
internal sealed record TokenAnswer(long UserRefId, IssuedTokens Tokens, int IdleSeconds, string Cohort)
{
    /// <summary>Nothing: tokens have no business in logs.</summary>
    public override string ToString() => nameof(TokenAnswer);
}

/// <summary>What <c>/me</c> tells the caller (contract section 8).</summary>
/// <param name="UserRefId">Of the sign-in or last refresh; 0 for an API token.</param>
/// <param name="UserName">Name of the account.</param>
/// <param name="Locale">Locale of the session.</param>
/// <param name="IdleSeconds">The idle time-out; 0 for none.</param>
/// <param name="Cohort">Internal id of the sign-in's tenant; null for an API token that is bound to none.</param>
/// <param name="Tenant">Its name.</param>
/// <param name="Scope">What the request covers.</param>
internal sealed record MeAnswer(long UserRefId, string UserName, string Locale, long IdleSeconds, string? Cohort, string? Tenant, TenantScope Scope);
