namespace Gatehouse.Authorities.Negotiate;

/// <summary>For which service a ticket must be (ATK-74): a keytab often holds the keys of others, too.</summary>
internal static class ServiceName
{
    private const string Http = "HTTP/";

    /// <summary>Whether a ticket was for us.</summary>
    /// <param name="target">Its service principal, realm included.</param>
    /// <param name="configured">The only one that is allowed, with or without realm; null for any <c>HTTP/...</c>.</param>
    public static bool IsOurs(string? target, string? configured)
    {
        if (target is null)
        {
            return false;
        }

        // Case as Windows has it: HTTP/Gate and http/gate are one service.
        return configured is null ? target.StartsWith(Http, StringComparison.OrdinalIgnoreCase)
            : target.Equals(configured, StringComparison.OrdinalIgnoreCase)
                || (!configured.Contains('@', StringComparison.Ordinal) && target.StartsWith($"{configured}@", StringComparison.OrdinalIgnoreCase));
    }
}
