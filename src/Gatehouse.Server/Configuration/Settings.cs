using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gatehouse.Authorities.Ldap;
using Gatehouse.Authorities.Negotiate;
using Gatehouse.Authorities.Sso;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Configuration;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Dialects.OAuth;
using Gatehouse.Dialects.OperationalIntelligence;
using Gatehouse.Dialects.ProactiveNet;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Gateway.Forwarding;
using Gatehouse.Gateway.Routing;
using Gatehouse.Storage.Postgres;
using Microsoft.Extensions.Configuration;

namespace Gatehouse.Server.Configuration;

/// <summary>The whole configuration, read and checked: file, then environment, then command line; the later one wins.</summary>
internal sealed partial class Settings
{
    /// <summary>The file that is read when none is named.</summary>
    public const string DefaultFile = "gatehouse.json";

    private const string Root = "Gatehouse";
    private readonly SortedDictionary<string, GateRouteOptions> _routes = new(StringComparer.OrdinalIgnoreCase);

    private Settings(IConfiguration configuration, string? file)
    {
        Configuration = configuration;
        FileContent = file is null ? null : ContentOf(file);
        BaseDirectory = file is null ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(file))!;
    }

    /// <summary>Every table that the program reads.</summary>
    public static IReadOnlyList<IOptionTable> Tables { get; } = [.. AllTables()];

    /// <summary>What was read, for logging.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Stands for what the file held (<see cref="ContentOf"/>); null: there was none.</summary>
    public string? FileContent { get; }

    /// <summary>Where relative paths begin: beside the configuration file, else where the program was started (MIC-129).</summary>
    public string BaseDirectory { get; }

    public ServerOptions Server { get; } = new();

    public StoreOptions Store { get; } = new();

    public PasswordOptions Passwords { get; } = new();

    public ThrottleOptions Throttle { get; } = new();

    public AuditOptions Audit { get; } = new();

    public AuthorityOptions Authorities { get; } = new();

    public NegotiateOptions Negotiate { get; } = new();

    public GatewayOptions Gateway { get; } = new();

    /// <summary>Directories, by their names.</summary>
    public SortedDictionary<string, LdapOptions> Ldap { get; } = new(StringComparer.Ordinal);

    /// <summary>The external single sign-ons, by name.</summary>
    public SortedDictionary<string, SsoOptions> Sso { get; } = new(StringComparer.Ordinal);

    public MicetroOptions Micetro { get; } = new();

    public RepositoriesOptions Repositories { get; } = new();

    public ArSystemOptions ArSystem { get; } = new();

    public OperationalIntelligenceOptions OperationalIntelligence { get; } = new();

    public ProactiveNetOptions ProactiveNet { get; } = new();

    public OAuthOptions OAuth { get; } = new();

    /// <summary>The routes, in the order of their names.</summary>
    public IReadOnlyCollection<GateRouteOptions> Routes => _routes.Values;

    /// <summary>Each section's table, and what it fills. To add a dialect's options, add a property above and a line here.</summary>
    private IReadOnlyList<(IOptionTable Table, object Target)> Sections =>
    [
        (ServerOptions.Table, Server),
        (CoreOptionTables.Store, Store),
        (CoreOptionTables.Passwords, Passwords),
        (CoreOptionTables.Throttle, Throttle),
        (CoreOptionTables.Audit, Audit),
        (CoreOptionTables.Authorities, Authorities),
        (NegotiateOptions.Table, Negotiate),
        (GatewayOptions.Table, Gateway),
        (MicetroOptions.Table, Micetro),
        (RepositoriesOptions.Table, Repositories),
        (ArSystemOptions.Table, ArSystem),
        (OperationalIntelligenceOptions.Table, OperationalIntelligence),
        (ProactiveNetOptions.Table, ProactiveNet),
        (OAuthOptions.Table, OAuth),
    ];

    /// <summary>
    /// Sections whose name the operator chooses: one table each for what stands below a prefix. To add a kind of authority or
    /// route, add a line here.
    /// </summary>
    private IReadOnlyList<(string Prefix, Func<string, (IOptionTable Table, object Target)> Open)> NamedSections =>
    [
        ("Gatehouse:Authorities:Tenants", tenant => (CoreOptionTables.AuthoritiesOf(tenant), Authorities)),
        ("Gatehouse:Authorities:Ldap", name => (LdapOptions.TableOf(name), Ldap.TryGetValue(name, out var known) ? known : Ldap[name] = new LdapOptions())),
        ("Gatehouse:Authorities:Sso", name => (SsoOptions.TableOf(name), Sso[name] = new SsoOptions())),
        (GateRouteOptions.Root, name => (GateRouteOptions.TableOf(name), _routes[name] = new GateRouteOptions(name))),
    ];

    /// <summary>The named sections that the configuration has.</summary>
    private IReadOnlyList<(IOptionTable Table, object Target)> OpenedSections =>
        [.. NamedSections.SelectMany(named => Configuration.GetSection(named.Prefix).GetChildren().Where(child => child.Value is null).Select(child => named.Open(child.Key)))];

    /// <summary>Reads everything.</summary>
    /// <param name="source">What the command line says.</param>
    /// <param name="faults">Every fault, with its remedy.</param>
    public static Settings Read(SettingsSource source, out IReadOnlyList<OptionFault> faults)
    {
        var builder = new ConfigurationBuilder();
        var file = source.ConfigFile ?? (File.Exists(DefaultFile) ? DefaultFile : null);
        if (file is not null && !TryAddFile(builder, file, out var fault))
        {
            faults = [fault];
            return new Settings(new ConfigurationBuilder().Build(), file);
        }

        builder.AddEnvironmentVariables();
        builder.AddInMemoryCollection(source.Overrides);
        var settings = new Settings(builder.Build(), file);
        faults = settings.Check();
        return settings;
    }

    /// <summary>A value that changes when a file's content does; null: it cannot be read.</summary>
    public static string? ContentOf(string file)
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Every value below <c>Gatehouse</c> by its full name; some are secrets.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Flat() => Configuration.GetSection(Root).AsEnumerable().Where(pair => pair.Value is not null);

    private static bool TryAddFile(ConfigurationBuilder builder, string file, [NotNullWhen(false)] out OptionFault? fault)
    {
        try
        {
            // Read for itself to see whether it can be, and then as it is: a chained configuration drops what is empty, [] and "" alike.
            var bytes = File.ReadAllBytes(file);
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(bytes)).Build();
            builder.AddJsonStream(new MemoryStream(bytes));
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or InvalidDataException or JsonException)
        {
            fault = new OptionFault("--config", $"{file} cannot be read: {(exception.InnerException ?? exception).Message.ReplaceLineEndings(" ")} Name a readable JSON file.");
            return false;
        }
    }

    private List<OptionFault> Check()
    {
        IReadOnlyList<(IOptionTable Table, object Target)> sections = [.. Sections, .. OpenedSections];
        var faults = sections.SelectMany(section => section.Table.Read(Configuration, section.Target)).ToList();
        faults.AddRange(UnknownOptions.Find(Configuration.GetSection(Root), [.. sections.Select(section => section.Table)]));
        faults.AddRange(WrongAuthorityNames());
        faults.AddRange(UnknownAuthorities());
        faults.AddRange(RouteFaults.Find(Routes, DialectPaths.PlanFor(this), BaseDirectory));
        faults.AddRange(Micetro.LoadFiles(BaseDirectory));
        Negotiate.Locate(BaseDirectory);
        if (Micetro is { Enabled: true, Preferences.AcceptsNegotiate: true } && !Negotiate.Enabled)
        {
            faults.Add(new OptionFault(
                "Gatehouse:Dialects:Micetro:PreferencesFile",
                $"'{Micetro.PreferencesFile}' lists Kerberos or NTLM in AuthorizationMethods, but Gatehouse:Authorities:Negotiate:Enabled is false; take both words out of the list, or remove the option."));
        }

        if (ProactiveNet is { Enabled: true, IsIssuedBySso: true } && Sso.Count == 0)
        {
            faults.Add(new OptionFault(
                "Gatehouse:Dialects:ProactiveNet:TokenIssuer",
                "'sso' is not allowed without an external single sign-on authority, and none is configured. Configure one under Gatehouse:Authorities:Sso, or set 'gatehouse'."));
        }

        if (ArSystem.AllowHttp && Server.RedirectHttpToHttps)
        {
            faults.Add(new OptionFault(
                "Gatehouse:Dialects:ArSystem:AllowHttp",
                "'true' is not allowed together with Gatehouse:RedirectHttpToHttps=true: a redirect would come after the password or token had already crossed the wire in the clear. Remove one of the two."));
        }

        if (Store.Connection.Length > 0 && !PostgresConnectionText.TryCheck(Store.Connection, out var fault))
        {
            faults.Add(new OptionFault("Gatehouse:Store:Connection", $"the value cannot be used: {fault}."));
        }

        return faults;
    }

    /// <summary>Whether any dialect offers Kerberos or NTLM: where none does, a missing keytab is no fault.</summary>
    public bool OffersHandshakes =>
        Micetro is { Enabled: true, Preferences.AcceptsNegotiate: true } || Repositories is { Enabled: true, WindowsSignIn: true };

    /// <summary>Names of all authorities, the local one first.</summary>
    public IReadOnlyList<string> AuthorityNames => [Account.LocalAuthority, .. NamedAuthorities.Select(authority => authority.Name)];

    /// <summary>Names of the configured authorities, with their sections.</summary>
    private IEnumerable<(string Name, string Section)> NamedAuthorities =>
    [
        .. Ldap.Keys.Select(name => (name, $"Gatehouse:Authorities:Ldap:{name}")),
        .. Sso.Keys.Select(name => (name, $"Gatehouse:Authorities:Sso:{name}")),
        .. Negotiate.HasKerberosAccounts ? [(NegotiateOptions.KerberosAuthority, "Gatehouse:Authorities:Negotiate:Realms")] : Array.Empty<(string, string)>(),
    ];

    /// <summary>Names that cannot be those of authorities: accounts, audit and commands refer to one by its name.</summary>
    private IEnumerable<OptionFault> WrongAuthorityNames()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { Account.LocalAuthority };
        foreach (var (name, section) in NamedAuthorities)
        {
            if (!AuthorityName().IsMatch(name))
            {
                yield return new OptionFault(section, $"'{Core.Text.TypedText.Escape(name)}' is not allowed as a name; allowed are 1 to 64 of a-z, 0-9, '-' and '_'.");
            }
            else if (!seen.Add(name))
            {
                yield return new OptionFault(section, $"'{name}' is the name of another authority; choose one that is free.");
            }
        }
    }

    [GeneratedRegex(@"\A[a-z0-9_-]{1,64}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AuthorityName();

    /// <summary>Names in the orders that no authority has.</summary>
    private IEnumerable<OptionFault> UnknownAuthorities()
    {
        var known = AuthorityNames;
        return Negotiate.FaultsOf(known).Concat(Authorities.Tenants
            .Select(pair => (Option: $"Gatehouse:Authorities:Tenants:{pair.Key}:Order", Names: pair.Value))
            .Prepend((Option: "Gatehouse:Authorities:Order", Names: Authorities.Order))
            .SelectMany(order => order.Names.Except(known, StringComparer.Ordinal).Select(name => (order.Option, Name: name)))
            .Select(unknown => new OptionFault(unknown.Option, $"'{Core.Text.TypedText.Escape(unknown.Name)}' is no authority; allowed is {string.Join(", ", known)}.")));
    }

    private static IEnumerable<IOptionTable> AllTables()
    {
        var settings = new Settings(new ConfigurationBuilder().Build(), file: null);
        return [.. settings.Sections.Select(section => section.Table), .. settings.NamedSections.Select(named => named.Open(SettingsSchema.AnyName).Table)];
    }
}

/// <summary>What the command line says about the configuration.</summary>
/// <param name="ConfigFile"><c>--config</c></param>
/// <param name="Data"><c>--data</c></param>
/// <param name="Store"><c>--store</c></param>
/// <param name="Urls"><c>--urls</c></param>
internal sealed record SettingsSource(string? ConfigFile, string? Data, string? Store, string? Urls)
{
    /// <summary>As configuration, <c>GATEHOUSE_DATA</c> included.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Overrides =>
        new KeyValuePair<string, string?>[]
        {
            new("Gatehouse:Data", Data ?? Environment.GetEnvironmentVariable("GATEHOUSE_DATA")),
            new("Gatehouse:Store:Connection", Store),
            new("Gatehouse:Urls", Urls),
        }.Where(pair => !string.IsNullOrEmpty(pair.Value));
}
