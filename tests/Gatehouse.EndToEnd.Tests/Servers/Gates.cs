using System.Collections.Concurrent;
using Gatehouse.EndToEnd.Tests.Servers;

[assembly: AssemblyFixture(typeof(Gates))]

namespace Gatehouse.EndToEnd.Tests.Servers;

/// <summary>
/// The servers that tests share, one per configuration, each started when the first test asks for it. Tests on one
/// server run in parallel: they use account names of their own, and leave alone what is everybody's.
/// </summary>
public sealed class Gates : IAsyncDisposable
{
    // So many tests type wrong passwords from one address that the default limit would hit the wrong ones.
    private static readonly (string, string) ManyGuesses = ("Throttle:SourceLimit", "1000000");
    private readonly ConcurrentDictionary<string, Lazy<Task<Gate>>> _gates = new(StringComparer.Ordinal);

    /// <summary>Default options.</summary>
    public Task<Gate> Default => Started(nameof(Default), ManyGuesses);

    /// <summary>The third wrong password starts a delay that outlasts every test.</summary>
    public Task<Gate> Delaying => Started(nameof(Delaying), ManyGuesses, ("Throttle:FreeAttempts", "3"), ("Throttle:FirstDelaySeconds", "600"));

    /// <summary>The third wrong password locks, without a delay before it (HTT-186).</summary>
    public Task<Gate> Locking => Started(nameof(Locking), ManyGuesses, ("Throttle:FreeAttempts", "10"), ("Throttle:LockAfter", "3"), ("Passwords:CacheSeconds", "300"));

    /// <summary>Guests, the cookie, an issuer, and proxies in front.</summary>
    public Task<Gate> Generous => Started(
        nameof(Generous),
        ManyGuesses,
        ("Dialects:ArSystem:AllowGuests", "true"),
        ("Dialects:ArSystem:GuestAccount", "Visitor"),
        ("Dialects:ArSystem:UseCookie", "true"),
        ("Dialects:ArSystem:Issuer", "ar1.example.com"),
        ("TrustedProxies", "127.0.0.9, 10.0.0.0/8, 2001:db8:f::/48"),
        ("Metrics:Token", MetricsToken));

    /// <summary>Plain HTTP, short tokens, take-overs.</summary>
    public Task<Gate> Loose => Started(
        nameof(Loose),
        ManyGuesses,
        ("Dialects:ArSystem:AllowHttp", "true"),
        ("Dialects:ArSystem:TokenLifetimeSeconds", "2"),
        ("Dialects:ArSystem:AllowTakeOver", "true"));

    /// <summary>Redirects for browser pages, any number of computers.</summary>
    public Task<Gate> Redirecting => Started(nameof(Redirecting), ManyGuesses, ("RedirectHttpToHttps", "true"), ("Dialects:ArSystem:SingleComputer", "false"));

    /// <summary>What opens <c>/metrics</c> of <see cref="Generous"/>.</summary>
    public static string MetricsToken => "metrics-token-of-the-tests";

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates.Values)
        {
            await (await gate.Value).DisposeAsync();
        }
    }

    private Task<Gate> Started(string name, params (string, string)[] options) =>
        _gates.GetOrAdd(name, _ => new Lazy<Task<Gate>>(() => Gate.StartAsync(options))).Value;
}
