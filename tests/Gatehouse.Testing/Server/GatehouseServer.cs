using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Gatehouse.Testing.Server;

/// <summary>
/// A running server: the real program in a process of its own, on free loopback ports, with a data directory of its
/// own. Start one per configuration and share it (xunit class or collection fixture): a start costs about a second.
/// </summary>
public sealed partial class GatehouseServer : IAsyncDisposable
{
    /// <summary>What the name of an option begins with that is a variable of the process's environment.</summary>
    public const string Variable = "Environment:";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory? _ownDirectory;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private GatehouseServer(Process process, string data, TemporaryDirectory? ownDirectory)
    {
        _process = process;
        _ownDirectory = ownDirectory;
        Data = data;
    }

    /// <summary>Its data directory.</summary>
    public string Data { get; }

    /// <summary>Its HTTPS address, without final slash.</summary>
    public Uri Https { get; private set; } = null!;

    /// <summary>Its plain HTTP address, without final slash.</summary>
    public Uri Http { get; private set; } = null!;

    /// <summary>The password of <c>admin</c>; empty when this was not the first start.</summary>
    public string AdminPassword { get; private set; } = "";

    /// <summary>Process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Everything that it wrote to standard output so far.</summary>
    public string Output => Read(_output);

    /// <summary>Everything that it wrote to standard error so far: its log.</summary>
    public string Log => Read(_errors);

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="options">Options below <c>Gatehouse</c>, like <c>("Dialects:ArSystem:AllowHttp", "true")</c>, or below <c>Logging</c>.</param>
    public static Task<GatehouseServer> StartAsync(params (string Name, string Value)[] options) => StartOnAsync(data: null, options);

    /// <summary>Starts a server whose libraries read variables of their own.</summary>
    /// <param name="environment">Variables that are no options.</param>
    /// <param name="options">Options below <c>Gatehouse</c>.</param>
    public static Task<GatehouseServer> StartWithAsync(IReadOnlyDictionary<string, string> environment, params (string Name, string Value)[] options) =>
        StartAsync(data: null, environment, configFile: null, options);

    /// <summary>Starts a server on an existing data directory, as after a crash.</summary>
    public static Task<GatehouseServer> StartOnAsync(string? data, params (string Name, string Value)[] options) =>
        StartAsync(data, new Dictionary<string, string>(), configFile: null, options);

    /// <summary>Starts a server with a configuration file.</summary>
    public static Task<GatehouseServer> StartWithFileAsync(string configFile, params (string Name, string Value)[] options) =>
        StartAsync(data: null, new Dictionary<string, string>(), configFile, options);

    private static async Task<GatehouseServer> StartAsync(
        string? data, IReadOnlyDictionary<string, string> variables, string? configFile, (string Name, string Value)[] options)
    {
        string[] file = configFile is null ? [] : ["--config", configFile];
        var own = data is null ? new TemporaryDirectory() : null;
        data ??= own!.File("data");
        var environment = options.ToDictionary(option => VariableOf(option.Name), option => option.Value);
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var process = Process.Start(GatehouseProgram.StartInfo(["serve", "--data", data, "--urls", "http://127.0.0.1:0;https://127.0.0.1:0", .. file], environment))!;
        var server = new GatehouseServer(process, data, own);
        process.OutputDataReceived += (_, line) => Append(server._output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(server._errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await server.WaitUntilReadyAsync();
        return server;
    }

    /// <summary>Runs a command of the operator beside the server, on its store.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => GatehouseProgram.RunAsync([.. arguments, "--data", Data]);

    /// <summary>Runs a command that reads standard input.</summary>
    public Task<CommandResult> RunWithInputAsync(string input, params string[] arguments) => GatehouseProgram.RunAsync([.. arguments, "--data", Data], input);

    /// <summary>Makes an account with a password by the operator's command.</summary>
    /// <exception cref="InvalidOperationException">The command was refused.</exception>
    public async Task AddAccountAsync(string name, string password, params string[] grants)
    {
        var result = await RunWithInputAsync(password, ["account", "add", name, "--password-stdin", .. grants]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(result.Errors);
        }
    }

    /// <summary>Ends the process at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops the process in the middle of whatever it does (SIGSTOP).</summary>
    public Task PauseAsync() => SignalAsync("-STOP");

    /// <summary>Lets a stopped process go on (SIGCONT).</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    /// <summary>Asks the process to stop (SIGTERM) and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("-TERM");
            await _process.WaitForExitAsync();
        }

        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _ownDirectory?.Dispose();
    }

    private static string VariableOf(string option) => option.StartsWith(Variable, StringComparison.Ordinal)
        ? option[Variable.Length..]
        : $"{(option.StartsWith("Logging:", StringComparison.Ordinal) ? "" : "Gatehouse__")}{option.Replace(":", "__", StringComparison.Ordinal)}";

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task WaitUntilReadyAsync()
    {
        var deadline = Stopwatch.StartNew();
        while (!TryReadAddresses())
        {
            await PauseAsync(deadline);
        }

        using var client = new HttpClient();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(Http, "/health/ready"));
                if (answer.IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await PauseAsync(deadline);
        }

        AdminPassword = PasswordLine().Match(Output).Groups[1].Value;
    }

    private async Task PauseAsync(Stopwatch deadline)
    {
        if (_process.HasExited || deadline.Elapsed > LongestStart)
        {
            throw new InvalidOperationException($"The server did not become ready.\n{Output}\n{Log}");
        }

        await Task.Delay(25);
    }

    private bool TryReadAddresses()
    {
        var listening = ListeningLine().Match(Log);
        if (!listening.Success)
        {
            return false;
        }

        Http = new Uri(listening.Groups[1].Value);
        Https = new Uri(listening.Groups[2].Value);
        return true;
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }

    [GeneratedRegex(@"listens on (http://127\.0\.0\.1:\d+) (https://127\.0\.0\.1:\d+)")]
    private static partial Regex ListeningLine();

    [GeneratedRegex(@"^\s*password\s+(\S+)\s*$", RegexOptions.Multiline)]
    private static partial Regex PasswordLine();
}
