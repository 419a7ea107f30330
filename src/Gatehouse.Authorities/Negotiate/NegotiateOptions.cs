using Gatehouse.Core.Configuration;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Kerberos and NTLM (section <c>Gatehouse:Authorities:Negotiate</c>). Which of them a door takes, its dialect says.</summary>
public sealed class NegotiateOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Gatehouse:Authorities:Negotiate";

    /// <summary>Name of the authority whose accounts are the people of a realm themselves.</summary>
    public const string KerberosAuthority = "kerberos";

    /// <summary>The section, and its options.</summary>
    public static OptionTable<NegotiateOptions> Table { get; } = new OptionTable<NegotiateOptions>(Section)
        .Flag("Enabled", (o, v) => o.Enabled = v, "false: handshakes are answered as if no key could be opened.")
        .Text("Keytab", (o, v) => (o.Keytab = v).Length > 0, "the path of a keytab", "The keys of the service; relative to the configuration file. Default: what KRB5_KTNAME says, else the Kerberos library's own (/etc/krb5.keytab).")
        .Text("ServicePrincipal", (o, v) => IsServicePrincipal(o.ServicePrincipal = v), "a service principal like HTTP/gate.example or HTTP/gate.example@EXAMPLE", "The only service that tickets may be for. Default: any HTTP/... that the keytab has a key of.")
        .List("Realms", (o, v) => o.TrySetRealms(v), "a list of REALM=authority, with the name of a directory, 'kerberos' or 'local', each realm once", "Whose accounts the people of a realm or NTLM domain are. Default: realms of the keytab are 'local', all others foreign.")
        .Text("NtlmUserFile", (o, v) => (o.NtlmUserFile = v).Length > 0, "the path of a file with lines DOMAIN:user:password", "Names and passwords for NTLM without a domain; relative to the configuration file. Default: what NTLM_USER_FILE says; else the machine's winbind is asked.")
        .Flag("RequireChannelBinding", (o, v) => o.RequireChannelBinding = v, "Refuse handshakes over TLS that are not bound to this TLS connection. Callers that cannot bind (curl 7) are shut out.")
        .Whole("TimeoutSeconds", (o, v) => o.TimeoutSeconds = v, 1, 60, "Longest wait for the security library or a domain controller behind it; then the answer is 503.")
        .Whole("MaximumHandshakes", (o, v) => o.MaximumHandshakes = v, 1, 10_000, "Handshakes under way at once, waiting ones included; more are 503.")
        .Whole("Lanes", (o, v) => o.Lanes = v, 1, 64, "Legs that are checked at once, each on a thread of its own.");

    /// <summary>False: as if no key could be opened.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Path of the keytab, or null: the Kerberos library's own default.</summary>
    public string? Keytab { get; set; }

    /// <summary>The only service that tickets may be for, or null: any <c>HTTP/...</c>.</summary>
    public string? ServicePrincipal { get; set; }

    /// <summary>Authority of each realm or domain, without regard to letter case.</summary>
    public IReadOnlyDictionary<string, string> Realms { get; private set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Path of the file with names and passwords for NTLM, or null.</summary>
    public string? NtlmUserFile { get; set; }

    /// <summary>Refuse handshakes over TLS that are not bound to it.</summary>
    public bool RequireChannelBinding { get; set; }

    /// <summary>Longest wait for the security library, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Handshakes under way at once.</summary>
    public int MaximumHandshakes { get; set; } = 1_000;

    /// <summary>Legs that are checked at once.</summary>
    public int Lanes { get; set; } = 4;

    /// <summary>Whether some realm's people have accounts of their own authority.</summary>
    public bool HasKerberosAccounts => Realms.Values.Contains(KerberosAuthority, StringComparer.Ordinal);

    /// <summary>Takes the list of realms.</summary>
    /// <returns>The first item that is not allowed, or null.</returns>
    public string? TrySetRealms(IReadOnlyList<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var realms = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Realms = realms;
        return items.FirstOrDefault(item => item.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } realm, { Length: > 0 } authority] || !realms.TryAdd(realm, authority));
    }

    /// <summary>Realms whose authority is not there.</summary>
    /// <param name="known">Names of the authorities.</param>
    public IEnumerable<OptionFault> FaultsOf(IReadOnlyCollection<string> known)
    {
        var allowed = known.Append(KerberosAuthority).Distinct(StringComparer.Ordinal).ToList();
        return Realms.Where(pair => !allowed.Contains(pair.Value, StringComparer.Ordinal)).Select(pair => new OptionFault(
            $"{Section}:Realms",
            $"'{Core.Text.TypedText.Escape($"{pair.Key}={pair.Value}")}' names no authority; allowed behind the = is {string.Join(", ", allowed)}."));
    }

    /// <summary>Makes relative paths absolute.</summary>
    /// <param name="baseDirectory">Where they begin.</param>
    public void Locate(string baseDirectory)
    {
        Keytab = Keytab is null ? null : Path.Combine(baseDirectory, Keytab);
        NtlmUserFile = NtlmUserFile is null ? null : Path.Combine(baseDirectory, NtlmUserFile);
    }

    private static bool IsServicePrincipal(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) > 0 && !text.EndsWith('/') && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
}
