using System.Text;
using BenchmarkDotNet.Attributes;
using Gatehouse.Core;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tokens;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Benchmarks;

/// <summary>
/// What a check of an access token of the OAuth face costs, and beside it a general JWT library on the same token: signature,
/// lifetime, issuer, audience and type only, without asking whether the session lives. Then what an upstream's assertion costs.
/// </summary>
public class AccessTokenChecks
{
    private const string Issuer = "https://gate.example";
    private static readonly JwtExpectation Expected = new("at+jwt", Issuer, [Issuer]);
    private readonly JsonWebTokenHandler _library = new();
    private Gate _gate = null!;
    private SubjectTokenDirectory _subjects = null!;
    private JwtReader _reader = null!;
    private AssertionSigner _signer = null!;
    private TokenValidationParameters _parameters = null!;
    private Identity _identity = null!;
    private string _token = "";
    private string _derived = "";
    private int _number;

    /// <summary>Issues a token by itself, and one that hangs on another.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        _gate = await Gate.OpenAsync();
        _subjects = _gate.Services.GetRequiredService<SubjectTokenDirectory>();
        _reader = _gate.Services.GetRequiredService<JwtReader>();
        _signer = _gate.Services.GetRequiredService<AssertionSigner>();
        _identity = new Identity { User = Gate.UserName, Dialect = "ar-system", Method = SignInMethods.ArJwt, Tenants = ["north", "south"] };
        _token = await IssueAsync(parent: null);
        _derived = await IssueAsync(TokenHash.Of(_token));
        var published = _gate.Services.GetRequiredService<SigningKeys>().Signing;
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = new JsonWebKey { Kty = "EC", Crv = "P-256", X = published.X, Y = published.Y, Kid = published.Id },
        };
        if (!Signature() || !await Token() || !await DerivedToken() || !await JwtLibrary())
        {
            throw new InvalidOperationException("A good token was refused: there is nothing to measure.");
        }
    }

    /// <summary>Closes the gate.</summary>
    [GlobalCleanup]
    public async Task CloseAsync() => await _gate.DisposeAsync();

    /// <summary>Form, header, signature, claims.</summary>
    [Benchmark]
    public bool Signature() => _reader.TryRead(_token, Expected, out _, out _);

    /// <summary>All that introspection asks: which dialect's it is, signature, session.</summary>
    [Benchmark(Baseline = true)]
    public async ValueTask<bool> Token() => (await _subjects.FindAsync(_token, default)).IsLive;

    /// <summary>The same for a token that was exchanged: the session it hangs on is asked for, too.</summary>
    [Benchmark]
    public async ValueTask<bool> DerivedToken() => (await _subjects.FindAsync(_derived, default)).IsLive;

    /// <summary>The same token, validated by a general library.</summary>
    [Benchmark]
    public async ValueTask<bool> JwtLibrary() => (await _library.ValidateTokenAsync(_token, _parameters)).IsValid;

    /// <summary>An assertion for an upstream that was made a moment ago.</summary>
    [Benchmark]
    public string AssertionAgain() => _signer.Sign(_identity, Issuer);

    /// <summary>An assertion that has to be signed.</summary>
    [Benchmark]
    public string AssertionAnew() => _signer.Sign(_identity with { Tenant = (_number++).ToString(System.Globalization.CultureInfo.InvariantCulture) }, Issuer);

    private async Task<string> IssueAsync(TokenHash? parent)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = PublicId.New(now);
        var payload = $$"""{"iss":"{{Issuer}}","sub":"{{Gate.UserName}}","aud":"{{Issuer}}","client_id":"{{Gate.UserName}}","iat":{{now.ToUnixTimeSeconds()}},"exp":{{now.ToUnixTimeSeconds() + 36_000}},"jti":"{{id}}"}""";
        var token = _gate.Services.GetRequiredService<JwtWriter>().Write("at+jwt", Encoding.UTF8.GetBytes(payload));
        var session = Sessions.Of(_gate.Account, token) with { Id = id, Kind = SessionKind.OAuthAccess, Dialect = "oauth", Parent = parent, ClientId = _gate.Account.Id, Expires = now.AddHours(10) };
        await _gate.Services.GetRequiredService<SessionDesk>().IssueAsync(session, new SessionConditions(), Sessions.SignIn, default);
        return token;
    }
}
