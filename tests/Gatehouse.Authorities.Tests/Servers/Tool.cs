using System.Diagnostics;
using Gatehouse.Testing.Server;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Other people's programs.</summary>
internal static class Tool
{
    private static readonly string[] Directories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <summary>The full path of a program; tools for the administrator are not on everybody's path.</summary>
    public static string Find(string program) => Directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists) ?? program;

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> RunAsync(string program, IReadOnlyDictionary<string, string> environment, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(timeout.Token);
        return new CommandResult(process.ExitCode, await output, await errors);
    }
}
