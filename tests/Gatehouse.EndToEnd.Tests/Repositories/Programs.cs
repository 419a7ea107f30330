using System.Diagnostics;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>A real server that the tests of this dialect share, and the programs of its callers.</summary>
public sealed class RepositoriesServer : IAsyncLifetime
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);
    private readonly TemporaryDirectory _modules = new();
    private readonly Lazy<Task<CommandResult>> _installed;

    public RepositoriesServer() => _installed = new(() => RunAsync("npm", ["install", "request", "--no-audit", "--no-fund", "--no-save", "--prefix", _modules.Path]));

    public GatehouseServer Server { get; private set; } = null!;

    /// <summary>The certificate that callers are told to trust.</summary>
    public string Certificate => Path.Combine(Server.Data, "tls.crt");

    public async ValueTask InitializeAsync() => Server = await GatehouseServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _modules.Dispose();
    }

    /// <summary>Runs a script in Node.js, which trusts the server's certificate; <c>request</c> is at hand when asked for.</summary>
    public async Task<CommandResult> NodeAsync(string script, bool withRequest, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(IsInstalled("node") && IsInstalled("npm"), "Node.js is not installed.");
        if (withRequest)
        {
            var installed = await _installed.Value;
            Assert.SkipUnless(installed.ExitCode == 0, "npm cannot install the module request: " + installed.Errors);
        }

        var file = _modules.File($"{Guid.NewGuid()}.js");
        await File.WriteAllTextAsync(file, script);
        return await RunAsync("node", [file], [("NODE_EXTRA_CA_CERTS", Certificate), .. environment]);
    }

    /// <summary>Runs curl, which trusts the server's certificate.</summary>
    public Task<CommandResult> CurlAsync(params string[] arguments) => RunAsync("curl", ["-sS", "-i", "--cacert", Certificate, .. arguments]);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(Longest);
        await process.WaitForExitAsync(timeout.Token);
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
}

[CollectionDefinition(Name)]
public sealed class RepositoriesServerUsers : ICollectionFixture<RepositoriesServer>
{
    public const string Name = "repositories server";
}
