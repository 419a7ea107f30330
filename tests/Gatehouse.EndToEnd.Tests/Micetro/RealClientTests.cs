using System.Diagnostics;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Programs that were not written for us: each reads the WSDL, logs in, calls, and logs out.</summary>
[Collection(MicetroCollection.Name)]
public sealed class RealClientTests(MicetroServers servers)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    [Theory]
    [Contract("MIC-52", "MIC-66", "MIC-69", "MIC-70", "MIC-72", "MIC-116")]
    [InlineData("/usr/bin/python3", "zeep_client.py", "ServiceSoap")]
    [InlineData("/usr/bin/python3", "zeep_client.py", "ServiceSoap12")]
    [InlineData("/usr/bin/python3", "suds_client.py", "ServiceSoap")]
    [InlineData("/usr/bin/perl", "soap_lite_client.pl", "ServiceSoap")]
    public async Task Soap_toolkit_holds_a_conversation(string interpreter, string script, string port)
    {
        // The product's own WSDL has the command; the built-in one has Login and Logout only.
        var server = servers.Strict;
        var name = $"{Path.GetFileNameWithoutExtension(script)}-{port}";
        await server.AddAccountAsync(name, MicetroServers.Password);
        var (exitCode, output) = await RunAsync(interpreter, [Path.Combine(AppContext.BaseDirectory, "Micetro", "Clients", script), $"{server.Http}mmws/wsdl", name, port], MicetroServers.Password);

        exitCode.ShouldBe(0, output);
        output.ShouldContain($"user={name}");
        output.ShouldContain("fault=Invalid username or password.");
        output.ShouldContain("after logout=Invalid or expired session");
    }

    [Fact]
    [Contract("MIC-69", "MIC-70")]
    public async Task Soap_toolkit_logs_in_and_out_by_the_built_in_wsdl()
    {
        var (exitCode, output) = await RunAsync(
            "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "Micetro", "Clients", "zeep_client.py"), $"{servers.Plain.Http}_mmwebext/mmwebext.dll?wsdl?server=localhost", "alice", "ServiceSoap", "login-only"],
            MicetroServers.Password);

        exitCode.ShouldBe(0, output);
    }

    [Fact]
    [Contract("MIC-90")]
    public async Task Curl_signs_in_with_u()
    {
        // The configuration of curl comes by standard input: a password has no business among the arguments.
        var (exitCode, output) = await RunAsync("curl", ["--silent", "--show-error", "--insecure", "--config", "-", $"{servers.Plain.Https}mmws/api/v2/Users"], $"user = \"alice:{MicetroServers.Password}\"");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("\"method\":\"password-basic\"");
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Longest);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, $"{await output}{await errors}");
    }
}
