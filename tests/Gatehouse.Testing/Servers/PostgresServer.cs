using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Gatehouse.Testing.Servers;

/// <summary>
/// A real PostgreSQL server of the Debian package, in a temporary directory and on a free loopback port. A start costs about
/// two seconds: share it, and take a database of its own for each test.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The superuser of each test server.</summary>
    public const string User = "gatehouse";

    /// <summary>Password of that user.</summary>
    public const string Password = "postgres secret";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory;
    private readonly SemaphoreSlim _creating = new(1, 1);
    private Process? _process;
    private int _databases;

    private PostgresServer(TemporaryDirectory directory, int port)
    {
        _directory = directory;
        Port = port;
    }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Where <c>initdb</c> and its like are.</summary>
    public static string Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Order(StringComparer.Ordinal).Last()
        : "/usr/bin";

    /// <summary>Directory of its files.</summary>
    public string Data => _directory.File("data");

    /// <summary>Makes a server and starts it.</summary>
    /// <param name="durable">Whether a commit waits for the disk. Only tests of crashes need it.</param>
    /// <param name="settings">Further settings, like <c>max_connections=20</c>.</param>
    public static async Task<PostgresServer> StartAsync(bool durable = false, params string[] settings)
    {
        var server = new PostgresServer(MakeDirectory(), FreePort.Next());
        await File.WriteAllTextAsync(server._directory.File("password"), Password);
        await server.RunAsync("initdb", "-D", server.Data, "-U", User, "-A", "scram-sha-256", "--pwfile", server._directory.File("password"), "-E", "UTF8", "--no-locale", "--no-sync");
        string[] all = [durable ? "fsync=on" : "fsync=off", "unix_socket_directories=''", "listen_addresses='127.0.0.1'", "max_connections=300", "max_wal_senders=4", .. settings];
        await File.AppendAllLinesAsync(Path.Combine(server.Data, "postgresql.conf"), [.. all, FormattableString.Invariant($"port={server.Port}")]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Makes a standby that follows another server, and starts it.</summary>
    public static async Task<PostgresServer> FollowAsync(PostgresServer primary)
    {
        var server = new PostgresServer(MakeDirectory(), FreePort.Next());
        await server.RunAsync("pg_basebackup", "-D", server.Data, "-R", "-c", "fast", "-d", FormattableString.Invariant($"host=127.0.0.1 port={primary.Port} user={User} password='{Password}'"));
        await File.AppendAllLinesAsync(Path.Combine(server.Data, "postgresql.conf"), [FormattableString.Invariant($"port={server.Port}")]);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again after it was stopped or killed.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(StartInfo("postgres", "-D", Data))!;
        _process.OutputDataReceived += (_, _) => { };
        var errors = new StringBuilder();
        _process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var clock = Stopwatch.StartNew(); !await IsReadyAsync();)
        {
            if (_process.HasExited || clock.Elapsed > LongestWait)
            {
                throw new InvalidOperationException($"PostgreSQL did not start.\n{errors}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <param name="template">Database to copy; nobody may be connected to it.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await _creating.WaitAsync();
        try
        {
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {template ?? "template0"} STRATEGY file_copy");
        }
        finally
        {
            _creating.Release();
        }

        return ConnectionOf(name);
    }

    /// <summary>Connection string of a database.</summary>
    public string ConnectionOf(string database) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={User};Password={Password}");

    /// <summary>Runs a statement by <c>psql</c>, and returns what it prints.</summary>
    public Task<string> ExecuteAsync(string sql, string database = "postgres") =>
        RunAsync("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={Port} user={User} password='{Password}' dbname={database}"), "-c", sql);

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => RunAsync("pg_ctl", "-D", Data, "promote", "-w");

    /// <summary>Stops it: rolls back what runs, disconnects everybody.</summary>
    public Task StopAsync() => RunAsync("pg_ctl", "-D", Data, "stop", "-m", "fast", "-w");

    /// <summary>Stops it at once, as a crash would.</summary>
    public Task CrashAsync() => RunAsync("pg_ctl", "-D", Data, "stop", "-m", "immediate", "-w");

    /// <summary>Kills it and all its helpers (SIGKILL), as a power cut would.</summary>
    public async Task KillAsync()
    {
        var id = _process!.Id;
        var children = (await File.ReadAllTextAsync(FormattableString.Invariant($"/proc/{id}/task/{id}/children"))).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var kill = Process.Start("kill", ["-KILL", id.ToString(CultureInfo.InvariantCulture), .. children]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await CrashAsync();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _creating.Dispose();
        _directory.Dispose();
    }

    private static TemporaryDirectory MakeDirectory()
    {
        var directory = new TemporaryDirectory();
        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to run as root.
            using var chown = Process.Start("chown", ["postgres", directory.Path]);
            chown.WaitForExit();
        }

        return directory;
    }

    private static ProcessStartInfo StartInfo(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs, program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Path.GetTempPath();
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    private async Task<bool> IsReadyAsync()
    {
        using var process = Process.Start(StartInfo("pg_isready", "-q", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture)))!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(StartInfo(program, arguments))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(LongestWait);
        await process.WaitForExitAsync(timeout.Token);
        return process.ExitCode == 0 ? (await output).TrimEnd('\n') : throw new InvalidOperationException($"{program} failed: {await errors}");
    }
}
