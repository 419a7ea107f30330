using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Core;
using Gatehouse.Gateway.ForwardAuth;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Tells the upstream, or the proxy that asks, who calls, in the fields of the operator's interface. A value is UTF-8, with <c>%XX</c> for every
/// byte that is no printable ASCII, and for <c>%</c> and <c>,</c>: ordinary names stand as they are, and a list has one
/// reading. What is absent has no field.
/// </summary>
public sealed class IdentityHeaders : IRequestTransform, IAnswerField
{
    private const string User = "Remote-User";
    private const string Dialect = "Remote-Dialect";
    private const string Tenant = "Remote-Tenant";
    private const string Tenants = "Remote-Tenants";
    private const string Scope = "Remote-Scope";
    private const string Impersonator = "Remote-Impersonator";
    private const string Session = "Remote-Session";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Headers { get; } = [User, Dialect, Tenant, Tenants, Scope, Impersonator, Session];

    /// <inheritdoc/>
    public ValueTask ApplyAsync(OutgoingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Write(request.Identity, request, static (to, name, value) => to.Set(name, value));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ApplyAsync(HttpContext context, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(identity);
        Write(identity, context.Response.Headers, static (to, name, value) => to[name] = value);
        return ValueTask.CompletedTask;
    }

    private static void Write<T>(Identity identity, T to, Action<T, string, string?> set)
    {
        set(to, User, Encode(identity.User));
        set(to, Dialect, identity.Dialect);
        set(to, Tenant, Encode(identity.Tenant));
        set(to, Tenants, ListOf(identity.Tenants));
        set(to, Scope, identity.Scope);
        set(to, Impersonator, Encode(identity.Impersonator));
        set(to, Session, identity.Session?.ToString());
    }

    private static string? ListOf(ImmutableArray<string> names) =>
        names.Length == 0 ? null : names.Length == 1 ? Encode(names[0]) : string.Join(',', names.Select(Encode));

    /// <summary>A name as a field value.</summary>
    internal static string? Encode(string? name)
    {
        if (name is null || !name.AsSpan().ContainsAnyExceptInRange('!', '~') && !name.AsSpan().ContainsAny('%', ','))
        {
            return name;
        }

        var text = new StringBuilder(name.Length + 16);
        var bytes = Encoding.UTF8.GetBytes(name);
        for (var i = 0; i < bytes.Length; i++)
        {
            // Blanks at the ends would be taken for the field's own.
            var isPlain = bytes[i] is > 0x20 and < 0x7f and not ((byte)'%' or (byte)',') || (bytes[i] == 0x20 && i > 0 && i < bytes.Length - 1);
            _ = isPlain ? text.Append((char)bytes[i]) : text.Append('%').Append(bytes[i].ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
