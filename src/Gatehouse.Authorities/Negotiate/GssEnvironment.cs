namespace Gatehouse.Authorities.Negotiate;

/// <summary>What the security library must know before its first call: it takes both for the whole process.</summary>
internal static class GssEnvironment
{
    private const string NtlmUserFile = "NTLM_USER_FILE";

    /// <summary>Names the keytab and the file of NTLM's users.</summary>
    public static void Apply(NegotiateOptions options)
    {
        if (!NegotiateAuthority.HasLibrary)
        {
            return;
        }

        if (options.Keytab is { } keytab)
        {
            Gss.RegisterKeytab($"FILE:{keytab}");
        }

        if (options.NtlmUserFile is { } users)
        {
            Gss.SetVariable(NtlmUserFile, users, overwrite: 1);
        }
    }
}
