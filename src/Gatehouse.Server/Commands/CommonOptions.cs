using System.CommandLine;
using Gatehouse.Server.Configuration;

namespace Gatehouse.Server.Commands;

/// <summary>Options that every command has.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Config { get; } = new("--config") { Description = "Configuration file; default gatehouse.json in the current directory.", HelpName = "FILE", Recursive = true };

    public Option<string?> Data { get; } = new("--data") { Description = "Data directory; default GATEHOUSE_DATA, or ./data.", HelpName = "DIR", Recursive = true };

    public Option<string?> Store { get; } = new("--store") { Description = "PostgreSQL connection string; default SQLite in the data directory.", HelpName = "CONNECTION", Recursive = true };

    public Option<string?> Urls { get; } = new("--urls") { Description = "Where the server listens, like \"http://127.0.0.1:8008;https://127.0.0.1:8443\".", HelpName = "URLS" };

    public SettingsSource SourceOf(ParseResult parsed, bool withUrls = false) =>
        new(parsed.GetValue(Config), parsed.GetValue(Data), parsed.GetValue(Store), withUrls ? parsed.GetValue(Urls) : null);
}
