using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
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
using Gatehouse.Storage.Postgres;
using Microsoft.Extensions.Configuration;

namespace Gatehouse.Server.Configuration;

/// <summary>The whole configuration, read and checked: file, then environment, then command line; the later one wins.</summary>
internal sealed class Settings
{
    /// <summary>The file that is read when none is named.</summary>
    public const string DefaultFile = "gatehouse.json";

    private const string Root = "Gatehouse";

    private Settings(IConfiguration configuration, string? file)
    {
        Configuration = configuration;
        BaseDirectory = file is null ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(file))!;
    }

    /// <summary>Every table that the program reads.</summary>
    public static IReadOnlyList<IOptionTable> Tables { get; } = [.. AllTables()];

    /// <summary>What was read, for logging.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Where relative paths begin: beside the configuration file, else where the program was started (MIC-129).</summary>
    public string BaseDirectory { get; }

    public ServerOptions Server { get; } = new();

    public StoreOptions Store { get; } = new();

    public PasswordOptions Passwords { get; } = new();

    public ThrottleOptions Throttle { get; } = new();

    public AuditOptions Audit { get; } = new();

    public AuthorityOptions Authorities { get; } = new();

    public GatewayOptions Gateway { get; } = new();

    public MicetroOptions Micetro { get; } = new();

    public RepositoriesOptions Repositories { get; } = new();

    public ArSystemOptions ArSystem { get; } = new();

    public OperationalIntelligenceOptions OperationalIntelligence { get; } = new();

    public ProactiveNetOptions ProactiveNet { get; } = new();

    public OAuthOptions OAuth { get; } = new();

    /// <summary>Each section's table, and what it fills. To add a dialect's options, add a property above and a line here.</summary>
    private IReadOnlyList<(IOptionTable Table, object Target)> Sections =>
    [
        (ServerOptions.Table, Server),
        (CoreOptionTables.Store, Store),
        (CoreOptionTables.Passwords, Passwords),
        (CoreOptionTables.Throttle, Throttle),
        (CoreOptionTables.Audit, Audit),
        (CoreOptionTables.Authorities, Authorities),
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
        faults.AddRange(UnknownAuthorities());
        faults.AddRange(Micetro.LoadFiles(BaseDirectory));
        if (Micetro is { Enabled: true, Preferences.AcceptsNegotiate: true })
        {
            faults.Add(new OptionFault(
                "Gatehouse:Dialects:Micetro:PreferencesFile",
                $"'{Micetro.PreferencesFile}' lists Kerberos or NTLM in AuthorizationMethods: this version has no Negotiate authority yet; take both words out of the list."));
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

    /// <summary>Names in the orders that no authority has.</summary>
    private IEnumerable<OptionFault> UnknownAuthorities()
    {
        string[] known = [Account.LocalAuthority];
        return Authorities.Tenants
            .Select(pair => (Option: $"Gatehouse:Authorities:Tenants:{pair.Key}:Order", Names: pair.Value))
            .Prepend((Option: "Gatehouse:Authorities:Order", Names: Authorities.Order))
            .SelectMany(order => order.Names.Except(known, StringComparer.Ordinal).Select(name => (order.Option, Name: name)))
            .Select(unknown => new OptionFault(unknown.Option, $"'{Core.Text.TypedText.Escape(unknown.Name)}' is no authority; allowed is {string.Join(", ", known)}."));
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
