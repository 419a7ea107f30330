namespace Gatehouse.Authorities.Negotiate;

/// <summary>Which failures of the security library are no answer to the caller's proof, but an outage here (HTT-99).</summary>
internal static class GssStatus
{
    // RFC 2744: GSS_S_NO_CRED, GSS_S_CREDENTIALS_EXPIRED, GSS_S_UNAVAILABLE.
    private const uint NoCredential = 7;
    private const uint CredentialsExpired = 11;
    private const uint NotAvailable = 16;

    // A keytab or replay cache that cannot be read or written. NTLM's library says a wrong password in such numbers, too.
    private const uint LargestSystemError = 133;

    /// <summary>Whether a failed step of Kerberos says so.</summary>
    public static bool IsOutage(GssStep step) =>
        Gss.ErrorOf(step.Major) is NoCredential or CredentialsExpired or NotAvailable || step.Minor is > 0 and <= LargestSystemError;
}
