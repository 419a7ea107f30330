using System.Globalization;
using System.Text;

namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// Tells the upstream who calls, in the fields of the operator's interface. A value is UTF-8, with <c>%XX</c> for every
/// byte that is no printable ASCII, and for <c>%</c> and <c>,</c>: ordinary names stand as they are, and a list has one
/// reading. What is absent has no field.
/// </summary>
public sealed class IdentityHeaders : IRequestTransform
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
        var identity = request.Identity;
        request.Set(User, Encode(identity.User));
        request.Set(Dialect, identity.Dialect);
        request.Set(Tenant, Encode(identity.Tenant));
        request.Set(Tenants, identity.Tenants.Length == 0 ? null : string.Join(',', identity.Tenants.Select(Encode)));
        request.Set(Scope, identity.Scope);
        request.Set(Impersonator, Encode(identity.Impersonator));
        request.Set(Session, identity.Session?.ToString());
        return ValueTask.CompletedTask;
    }

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
