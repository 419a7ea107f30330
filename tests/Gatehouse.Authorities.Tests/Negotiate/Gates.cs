using Gatehouse.Authorities.Tests.Negotiate;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;

[assembly: AssemblyFixture(typeof(Gates))]

namespace Gatehouse.Authorities.Tests.Negotiate;

/// <summary>The servers of these tests, each started once, by the first who needs it.</summary>
public sealed class Gates : IAsyncLifetime
{
    /// <summary>Password of every account, at its own authority; no handshake has anything to do with it.</summary>
    public const string LocalPassword = "correct horse battery";

    /// <summary>Password of every NTLM user.</summary>
    public const string NtlmPassword = "a password of a domain";

    private readonly TemporaryDirectory _files = new();
    private readonly Lazy<Task<KdcServer>> _kdc = new(KdcServer.StartAsync);
    private readonly Dictionary<string, Task<GatehouseServer>> _gates = [];
    private readonly Lock _lock = new();

    /// <summary>The Kerberos server.</summary>
    public Task<KdcServer> KdcAsync() => _kdc.Value;

    /// <summary>A gate that takes everything, with local accounts for the realm and the domain <c>EXAMPLE</c>.</summary>
    public Task<GatehouseServer> OpenAsync() => GateAsync("Basic,Kerberos,NTLM", ("Authorities:Negotiate:Realms", "EXAMPLE.TEST=local,EXAMPLE=local"));

    /// <summary>A gate that takes Kerberos only, and has no list of realms.</summary>
    public Task<GatehouseServer> KerberosOnlyAsync() => GateAsync("Kerberos");

    /// <summary>A gate of its own kind, shared by all who ask for the same.</summary>
    /// <param name="methods">Value of <c>AuthorizationMethods</c>.</param>
    /// <param name="options">Further options.</param>
    public Task<GatehouseServer> GateAsync(string methods, params (string Name, string Value)[] options)
    {
        lock (_lock)
        {
            var key = methods + string.Join(';', options);
            return _gates.TryGetValue(key, out var known) ? known : _gates[key] = StartAsync(methods, options);
        }
    }

    /// <summary>A gate that nobody shares.</summary>
    public async Task<GatehouseServer> StartAsync(string methods, params (string Name, string Value)[] options)
    {
        var kdc = await KdcAsync();
        var preferences = _files.File($"preferences-{Guid.NewGuid():N}.cfg");
        var users = _files.File("ntlm.users");
        lock (_lock)
        {
            File.WriteAllText(preferences, $"<AuthorizationMethods value=\"{methods}\" />");
            File.WriteAllText(users, $"EXAMPLE:alice:{NtlmPassword}\nEXAMPLE:bob:{NtlmPassword}\nEXAMPLE:carol:{NtlmPassword}\nOTHER:alice:{NtlmPassword}\nOTHER:dora:{NtlmPassword}\n");
        }

        (string Name, string Value)[] own =
        [
            ("Dialects:Micetro:PreferencesFile", preferences),
            ("Authorities:Negotiate:Keytab", kdc.Keytab),
            ("Authorities:Negotiate:NtlmUserFile", users),
            ("Throttle:FreeAttempts", "3"),
        ];
        var gate = await GatehouseServer.StartWithAsync(kdc.Environment(), [.. own.Where(one => !options.Any(other => other.Name == one.Name)), .. options.Where(option => option.Value.Length > 0)]);
        foreach (var name in new[] { "alice", "bob", "carol" })
        {
            await gate.AddAccountAsync(name, LocalPassword);
        }

        return gate;
    }

    /// <summary>A caller with tickets of a person.</summary>
    public async Task<HandshakeClient> KerberosAsync(string principal, string service = "HTTP@localhost", string mechanism = "spnego", byte[]? binding = null)
    {
        var kdc = await KdcAsync();
        return HandshakeClient.Kerberos(kdc.Environment(await kdc.SignInAsync(principal)), service, mechanism, binding);
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => default;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates.Values)
        {
            await (await gate).DisposeAsync();
        }

        if (_kdc.IsValueCreated)
        {
            await (await _kdc.Value).DisposeAsync();
        }

        _files.Dispose();
    }
}
