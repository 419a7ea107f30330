using System.Text;
using BenchmarkDotNet.Attributes;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Benchmarks;

/// <summary>
/// What one request costs at the door: the credential as text in, the session or account out. Beside it, a general JWT
/// library validates the same AR-JWT: signature, lifetime and issuer only, without asking whether the session lives.
/// </summary>
public class TokenChecks
{
    private readonly JsonWebTokenHandler _library = new();
    private Gate _gate = null!;
    private SessionRegistry _sessions = null!;
    private PasswordSignIn _signIn = null!;
    private ArJwt _jwt = null!;
    private TokenValidationParameters _parameters = null!;
    private string _opaque = "";
    private string _token = "";
    private string _basic = "";

    /// <summary>Signs in once of each kind.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        _gate = await Gate.OpenAsync();
        _sessions = _gate.Services.GetRequiredService<SessionRegistry>();
        _signIn = _gate.Services.GetRequiredService<PasswordSignIn>();
        _jwt = _gate.Services.GetRequiredService<ArJwt>();
        var desk = _gate.Services.GetRequiredService<SessionDesk>();
        _opaque = ApiToken.Draw();
        _token = _jwt.Issue(_gate.Account, TimeProvider.System.GetUtcNow());
        await desk.IssueAsync(Sessions.Of(_gate.Account, _opaque), new SessionConditions(), Sessions.SignIn, default);
        await desk.IssueAsync(Sessions.Of(_gate.Account, _token), new SessionConditions(), Sessions.SignIn, default);
        _basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Gate.UserName}:{Gate.Password}"));
        var key = _gate.Services.GetRequiredService<KeyRings>()[ArJwt.KeyPurpose].Signing;
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = Environment.MachineName,
            ValidateAudience = false,
            IssuerSigningKey = new SymmetricSecurityKey(key.Material.ToArray()),
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        };
        await BasicThroughTheCache();
        if (!await TokenHot() || !await ArJwtHot() || !await JwtLibrary() || !await BasicThroughTheCache())
        {
            throw new InvalidOperationException("A good credential was refused: there is nothing to measure.");
        }
    }

    /// <summary>Closes the gate.</summary>
    [GlobalCleanup]
    public async Task CloseAsync() => await _gate.DisposeAsync();

    /// <summary>An opaque token whose session is in memory.</summary>
    [Benchmark]
    public ValueTask<bool> TokenHot() => IsLive(_sessions.CheckAsync(TokenHash.Of(_opaque), default));

    /// <summary>The same, when memory has been forgotten: one read of the store.</summary>
    [Benchmark]
    public ValueTask<bool> TokenCold()
    {
        _sessions.ForgetAll();
        return IsLive(_sessions.CheckAsync(TokenHash.Of(_opaque), default));
    }

    /// <summary>An AR-JWT: signature, then session.</summary>
    [Benchmark(Baseline = true)]
    public ValueTask<bool> ArJwtHot() => _jwt.TryVerify(_token, out var hash) ? IsLive(_sessions.CheckAsync(hash, default)) : new(false);

    /// <summary>The same token, validated by a general library.</summary>
    [Benchmark]
    public async ValueTask<bool> JwtLibrary() => (await _library.ValidateTokenAsync(_token, _parameters)).IsValid;

    /// <summary>Name and password in a Basic header, remembered.</summary>
    [Benchmark]
    public async ValueTask<bool> BasicThroughTheCache()
    {
        var credentials = BasicCredentials.Read(_basic)!;
        return await _signIn.CheckAsync(new PasswordAttempt(credentials.Name, credentials.Password, Gate.Caller), default) is PasswordVerdict.Accepted;
    }

    private static ValueTask<bool> IsLive(ValueTask<SessionCheck> check) => check.IsCompletedSuccessfully ? new(check.Result.IsLive) : AwaitAsync(check);

    private static async ValueTask<bool> AwaitAsync(ValueTask<SessionCheck> check) => (await check).IsLive;
}
