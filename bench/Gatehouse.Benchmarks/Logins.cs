using BenchmarkDotNet.Attributes;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Benchmarks;

/// <summary>What a sign-in costs: with the password hashed, with the password remembered, and the session alone.</summary>
public class Logins
{
    private const int Parallel = 64;
    private Gate _remembering = null!;
    private Gate _hashing = null!;

    /// <summary>Opens one gate that remembers passwords and one that does not.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        _remembering = await Gate.OpenAsync();
        _hashing = await Gate.OpenAsync(passwordCacheSeconds: 0);
    }

    /// <summary>Closes the gates.</summary>
    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _remembering.DisposeAsync();
        await _hashing.DisposeAsync();
    }

    /// <summary>PBKDF2, counting the guess, and a session on disk.</summary>
    [Benchmark(Baseline = true)]
    public Task<bool> LoginHashed() => LoginAsync(_hashing);

    /// <summary>A remembered password and a session on disk.</summary>
    [Benchmark]
    public Task<bool> LoginRemembered() => LoginAsync(_remembering);

    /// <summary>64 sessions at once, which share their flushes to disk; per session.</summary>
    [Benchmark(OperationsPerInvoke = Parallel)]
    public Task SessionsInParallel() => Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => IssueAsync(_remembering)));

    private static async Task<bool> LoginAsync(Gate gate)
    {
        var verdict = await gate.Services.GetRequiredService<PasswordSignIn>().CheckAsync(new PasswordAttempt(Gate.UserName, Gate.Password, Gate.Caller), default);
        return verdict is PasswordVerdict.Accepted && await IssueAsync(gate);
    }

    private static async Task<bool> IssueAsync(Gate gate)
    {
        var token = gate.Services.GetRequiredService<ArJwt>().Issue(gate.Account, TimeProvider.System.GetUtcNow());
        return await gate.Services.GetRequiredService<SessionDesk>()
            .IssueAsync(Sessions.Of(gate.Account, token), new SessionConditions(), Sessions.SignIn, default) == SessionAdmission.Added;
    }
}
