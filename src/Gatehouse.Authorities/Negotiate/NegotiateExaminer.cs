using System.Net;
using Gatehouse.Core.Operator;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// Looks at what Kerberos and NTLM need, in the order in which it is needed: the library; a keytab with a key for this
/// service and host, of a kind that is still in use; a ticket for ourselves from a KDC, accepted with that very key, which shows
/// clock, key version and encryption type at once; and who knows NTLM's passwords.
/// </summary>
internal sealed class NegotiateExaminer(NegotiateOptions options) : IExaminer
{
    // des3-cbc-sha1 and the two of RC4: Windows and MIT refuse them more and more.
    private static readonly int[] WeakTypes = [1, 2, 3, 16, 23, 24];
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(15);

    public string Name => "Negotiate";

    public string Kind => "kerberos";

    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        if (!options.Enabled)
        {
            return [new Finding(FindingLevel.Warning, "Negotiate", "It is switched off.", $"Remove {NegotiateOptions.Section}:Enabled, or take Kerberos and NTLM out of preferences.cfg.")];
        }

        if (!NegotiateAuthority.HasLibrary)
        {
            return [new Finding(FindingLevel.Fault, "GSS-API library", $"{Gss.Library} cannot be loaded.", "Install libgssapi-krb5-2 (Debian, Ubuntu) or krb5-libs (Red Hat).")];
        }

        var findings = new List<Finding>();
        if (ExamineKeytab(findings) is { } key)
        {
            findings.Add(await AskAsync(() => TicketForOurselves.Try(key, Keytab.PathOf(options)!), cancellationToken));
        }

        ExamineReplayCache(findings);
        findings.Add(await AskAsync(ExamineNtlm, cancellationToken));
        return findings;
    }

    /// <summary>The keys, before anybody is asked.</summary>
    /// <returns>The principal to try, where the keytab has one for us.</returns>
    private string? ExamineKeytab(List<Finding> findings)
    {
        const string subject = "keytab";
        if (Keytab.PathOf(options) is not { } path)
        {
            findings.Add(new Finding(FindingLevel.Warning, subject, "KRB5_KTNAME names a keytab that is no file; it is not looked into."));
            return null;
        }

        IReadOnlyList<KeytabEntry>? entries;
        try
        {
            entries = Keytab.Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Add(exception is FileNotFoundException or DirectoryNotFoundException
                ? new Finding(FindingLevel.Fault, subject, $"{path} is not there.", $"Make one for HTTP/{HostName()} (docs/authorities/kerberos.md) and name it in {NegotiateOptions.Section}:Keytab.")
                : new Finding(FindingLevel.Fault, subject, $"{path} cannot be read.", "Let the account that the server runs as read it, and nobody else."));
            return null;
        }

        if (entries is null)
        {
            findings.Add(new Finding(FindingLevel.Fault, subject, $"{path} is no keytab.", "Make it again with ktutil, kadmin, ktpass or samba-tool."));
            return null;
        }

        var ours = entries.Where(entry => ServiceName.IsOurs($"{entry.Principal}@{entry.Realm}", options.ServicePrincipal)).ToList();
        if (ours.Count == 0)
        {
            findings.Add(new Finding(FindingLevel.Fault, subject, $"{path} has no key of {options.ServicePrincipal ?? "HTTP/<host>"}.", "Add one, in capital letters: HTTP/<host name that callers use>."));
            return null;
        }

        findings.Add(new Finding(FindingLevel.Good, subject, $"{path}: {string.Join(", ", ours.Select(entry => $"{entry.Principal}@{entry.Realm} (kvno {entry.Version})").Distinct(StringComparer.Ordinal))}."));
        ExamineKeys(findings, path, ours);
        return $"{ours[0].Principal}@{ours[0].Realm}";
    }

    private static void ExamineKeys(List<Finding> findings, string path, List<KeytabEntry> ours)
    {
        if (OperatingSystem.IsLinux() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) is not UnixFileMode.None)
        {
            findings.Add(new Finding(FindingLevel.Warning, "keytab", $"{path} may be read or changed by others: who has it can sign in as anybody.", $"chmod 640 {path}"));
        }

        if (ours.TrueForAll(entry => WeakTypes.Contains(entry.EncryptionType)))
        {
            findings.Add(new Finding(FindingLevel.Warning, "encryption", "Its keys are of weak types only (DES, RC4).", "Make keys of aes256-cts-hmac-sha1-96; in Active Directory, allow AES for the service's account."));
        }

        var host = HostName();
        if (!ours.Exists(entry => entry.Principal[(entry.Principal.IndexOf('/', StringComparison.Ordinal) + 1)..].Equals(host, StringComparison.OrdinalIgnoreCase)))
        {
            findings.Add(new Finding(FindingLevel.Warning, "host name", $"This machine calls itself {host}, and no key is for that name.", "Fine behind a load balancer or an alias; callers must then use the name that the key is for."));
        }
    }

    private static void ExamineReplayCache(List<Finding> findings)
    {
        var names = new[] { "KRB5RCACHENAME", "KRB5RCACHETYPE" };
        foreach (var name in names.Where(name => Environment.GetEnvironmentVariable(name)?.StartsWith("none", StringComparison.OrdinalIgnoreCase) == true))
        {
            findings.Add(new Finding(FindingLevel.Fault, "replay cache", $"{name} switches it off: a ticket that was overheard opens again.", $"Remove {name} from the environment."));
        }
    }

    private Finding ExamineNtlm()
    {
        const string subject = "NTLM";
        var source = new NtlmSource(options);
        return !GssCredential.HasNtlm()
            ? new Finding(FindingLevel.Warning, subject, "gss-ntlmssp is not installed: NTLM cannot be accepted.", "Install gss-ntlmssp if NTLM is listed in preferences.cfg; else nothing is missing.")
            : source.IsThere()
                ? new Finding(FindingLevel.Good, subject, $"{source.Description} can be asked.")
                : new Finding(FindingLevel.Warning, subject, $"{source.Description} cannot be asked.", $"Name a file in {NegotiateOptions.Section}:NtlmUserFile, or join the machine to the domain and start winbind; without NTLM in preferences.cfg nothing is missing.");
    }

    private static async Task<Finding> AskAsync(Func<Finding> question, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(question, cancellationToken).WaitAsync(LongestQuestion, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new Finding(FindingLevel.Fault, "KDC", "No answer within 15 s.", "Look at the [realms] of /etc/krb5.conf, DNS, and the way to port 88.");
        }
    }

    private static string HostName()
    {
        try
        {
            return Dns.GetHostEntry(Dns.GetHostName()).HostName;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return Dns.GetHostName();
        }
    }
}
