using Gatehouse.Core.Configuration;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Passwords;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Microsoft.Extensions.Configuration;

namespace Gatehouse.Server.Configuration;

/// <summary>The whole configuration, read and checked: file, then environment, then command line; the later one wins.</summary>
internal sealed class Settings
{
    /// <summary>The file that is read when none is named.</summary>
    public const string DefaultFile = "gatehouse.json";

    private const string Root = "Gatehouse";

    private Settings(IConfiguration configuration) => Configuration = configuration;

    /// <summary>Every table that the program reads. To add a dialect's options, add a line here and in <see cref="Targets"/>.</summary>
    public static IReadOnlyList<IOptionTable> Tables { get; } =
        [ServerOptions.Table, CoreOptionTables.Store, CoreOptionTables.Passwords, CoreOptionTables.Throttle, ArSystemOptions.Table];

    /// <summary>What was read, for logging.</summary>
    public IConfiguration Configuration { get; }

    public ServerOptions Server { get; } = new();

    public StoreOptions Store { get; } = new();

    public PasswordOptions Passwords { get; } = new();

    public ThrottleOptions Throttle { get; } = new();

    public ArSystemOptions ArSystem { get; } = new();

    private IReadOnlyList<object> Targets => [Server, Store, Passwords, Throttle, ArSystem];

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
            return new Settings(new ConfigurationBuilder().Build());
        }

        builder.AddEnvironmentVariables();
        builder.AddInMemoryCollection(source.Overrides);
        var settings = new Settings(builder.Build());
        faults = settings.Check();
        return settings;
    }

    private static bool TryAddFile(ConfigurationBuilder builder, string file, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out OptionFault? fault)
    {
        try
        {
            var json = File.ReadAllBytes(file);
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(json)).Build();
            builder.AddJsonStream(new MemoryStream(json));
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or InvalidDataException or System.Text.Json.JsonException)
        {
            fault = new OptionFault("--config", $"{file} cannot be read: {(exception.InnerException ?? exception).Message.ReplaceLineEndings(" ")} Name a readable JSON file.");
            return false;
        }
    }

    private List<OptionFault> Check()
    {
        var faults = Tables.Zip(Targets).SelectMany(pair => pair.First.Read(Configuration, pair.Second)).ToList();
        faults.AddRange(UnknownOptions.Find(Configuration.GetSection(Root), Tables));
        if (ArSystem.AllowHttp && Server.RedirectHttpToHttps)
        {
            faults.Add(new OptionFault(
                "Gatehouse:Dialects:ArSystem:AllowHttp",
                "'true' is not allowed together with Gatehouse:RedirectHttpToHttps=true: a redirect would come after the password or token had already crossed the wire in the clear. Remove one of the two."));
        }

        if (ArSystem.Upstream != Gateway.Forwarding.EchoUpstream.Name && faults.Count == 0)
        {
            faults.Add(new OptionFault("Gatehouse:Dialects:ArSystem:Upstream", $"'{ArSystem.Upstream}' cannot be used: this version does not forward yet; allowed is 'echo'."));
        }

        if (Store.Connection.Length > 0)
        {
            faults.Add(new OptionFault("Gatehouse:Store:Connection", "the value cannot be used: this version keeps its state in SQLite only; remove the option and --store."));
        }

        return faults;
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
