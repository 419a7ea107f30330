using System.Collections.Concurrent;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;

[assembly: AssemblyFixture(typeof(OiGates))]

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>The servers that tests of the dialect share, one per configuration, each started when the first test asks for it.</summary>
public sealed class OiGates : IAsyncDisposable
{
    private static readonly (string, string) ManyGuesses = ("Throttle:SourceLimit", "1000000");
    private readonly ConcurrentDictionary<string, Lazy<Task<OiGate>>> _gates = new(StringComparer.Ordinal);

    /// <summary>Default options.</summary>
    public Task<OiGate> Default => Started(nameof(Default), ManyGuesses);

    /// <summary>Tokens that end while a test waits, and no grace.</summary>
    public Task<OiGate> Brief => Started(
        nameof(Brief),
        ManyGuesses,
        (Option("IdleTimeoutSeconds"), "2"),
        (Option("MaxLifetimeSeconds"), "6"),
        (Option("RefreshLifetimeSeconds"), "6"),
        (Option("RefreshGraceSeconds"), "0"));

    /// <summary>A grace of a second.</summary>
    public Task<OiGate> ShortGrace => Started(nameof(ShortGrace), ManyGuesses, (Option("RefreshGraceSeconds"), "1"));

    /// <summary>The third wrong password starts a delay that outlasts every test; one password lane without a queue.</summary>
    public Task<OiGate> Delaying => Started(
        nameof(Delaying), ManyGuesses, ("Throttle:FreeAttempts", "3"), ("Throttle:FirstDelaySeconds", "600"), ("Passwords:Lanes", "1"), ("Passwords:Queue", "0"));

    /// <summary>The third wrong password locks.</summary>
    public Task<OiGate> Locking => Started(nameof(Locking), ManyGuesses, ("Throttle:LockAfter", "3"));

    /// <summary>HTTPS only, a proxy in front, pages of two origins, locales of its own.</summary>
    public Task<OiGate> Careful => Started(
        nameof(Careful),
        ManyGuesses,
        ("TrustedProxies", "127.0.0.9"),
        (Option("AllowHttp"), "false"),
        (Option("CorsOrigins"), "https://portal.example.com,http://[::1]:3000"),
        (Option("Locales"), "fr_CH,de,sr_Latn-RS"),
        (Option("DefaultLocale"), "de"));

    /// <summary>Without the dialect.</summary>
    public Task<OiGate> Without => Started(nameof(Without), (Option("Enabled"), "false"));

    /// <summary>Full name of an option of the dialect, below <c>Gatehouse</c>.</summary>
    public static string Option(string name) => $"Dialects:OperationalIntelligence:{name}";

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates.Values)
        {
            await (await gate.Value).DisposeAsync();
        }
    }

    private Task<OiGate> Started(string name, params (string, string)[] options) =>
        _gates.GetOrAdd(name, _ => new Lazy<Task<OiGate>>(() => OiGate.StartAsync(options))).Value;
}
