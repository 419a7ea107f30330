using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Testing.Server;

namespace Gatehouse.Authorities.Tests.Negotiate;

/// <summary>The caller's side of one handshake: MIT's own library makes the legs, in a process with an environment of its own.</summary>
public sealed class HandshakeClient : IAsyncDisposable
{
    private readonly Process _process;

    private HandshakeClient(Process process) => _process = process;

    /// <summary>Begins with the tickets of a cache.</summary>
    public static HandshakeClient Kerberos(IReadOnlyDictionary<string, string> environment, string service = "HTTP@localhost", string mechanism = "spnego", byte[]? binding = null) =>
        Start(environment, mechanism, service, "-", "-", binding);

    /// <summary>Begins NTLM with a name and a password.</summary>
    public static HandshakeClient Ntlm(string user, string password, byte[]? binding = null) =>
        Start(new Dictionary<string, string>(), "ntlm", "HTTP@localhost", user, password, binding);

    /// <summary>What a caller binds itself to on a TLS connection that shows this certificate (RFC 5929).</summary>
    public static byte[] BindingOf(string certificateFile)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile));
        return [.. Encoding.ASCII.GetBytes("tls-server-end-point:"), .. SHA256.HashData(certificate.RawData)];
    }

    /// <summary>Makes the next leg.</summary>
    /// <param name="answer">The server's leg; null for the first one.</param>
    /// <returns>The token in base64.</returns>
    public async Task<string> NextAsync(string? answer = null)
    {
        await _process.StandardInput.WriteLineAsync(answer ?? "");
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync() is { Length: > 0 } token
            ? token
            : throw new InvalidOperationException($"The caller's library made no leg: {await _process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Goes through with it on a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="request">The request without its <c>Authorization</c>, body included.</param>
    /// <returns>The answer to the last leg.</returns>
    public async Task<WireAnswer> RunAsync(WireClient connection, string request)
    {
        var token = await NextAsync();
        while (true)
        {
            await connection.SendAsync(Wire.WithToken(request, token));
            var answer = await connection.ReadAnswerAsync();
            if (Wire.TokenOf(answer) is not { } next || answer.Status != 401)
            {
                return answer;
            }

            token = await NextAsync(next);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static HandshakeClient Start(IReadOnlyDictionary<string, string> environment, string mechanism, string service, string user, string password, byte[]? binding)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Negotiate", "legs.py");
        var start = new ProcessStartInfo("/usr/bin/python3", [script, mechanism, service, user, password, binding is null ? "-" : Convert.ToHexString(binding)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new HandshakeClient(Process.Start(start)!);
    }
}
