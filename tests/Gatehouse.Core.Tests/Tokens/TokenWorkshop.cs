using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Core.Tokens;
using Gatehouse.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Core.Tests.Tokens;

/// <summary>A signing ring on a store, its writer and reader, and a hand that signs anything with the ring's own key.</summary>
internal sealed class TokenWorkshop : IAsyncDisposable
{
    public const string Type = "at+jwt";
    public const string Issuer = "https://gate.example";
    public const string Audience = "https://orders.example";

    private readonly TestStore _state = new();
    private readonly MasterKey _master = new(new byte[SealingKey.ByteLength]);
    private KeyRings _rings = null!;

    private TokenWorkshop()
    {
    }

    public ManualClock Clock => _state.Clock;

    public long Now => Clock.GetUtcNow().ToUnixTimeSeconds();

    public KeyRing Ring => _rings[SigningKeys.Purpose];

    public SigningKeys Keys { get; private set; } = null!;

    public JwtWriter Writer { get; private set; } = null!;

    public JwtReader Reader { get; private set; } = null!;

    public static JwtExpectation Expected { get; } = new(Type, Issuer, [Issuer, Audience]);

    public static async Task<TokenWorkshop> OpenAsync()
    {
        var workshop = new TokenWorkshop();
        workshop._rings = workshop.NewRings(await workshop._state.OpenAsync());
        await workshop._rings.ReloadAllAsync(default);
        workshop.Keys = new SigningKeys(workshop._rings, workshop.Clock);
        workshop.Writer = new JwtWriter(workshop.Keys);
        workshop.Reader = new JwtReader(workshop.Keys, workshop.Clock);
        return workshop;
    }

    /// <summary>Another node on the same store.</summary>
    public async Task<(KeyRings Rings, SigningKeys Keys)> OpenAnotherAsync()
    {
        var rings = NewRings(await _state.OpenAsync());
        await rings.ReloadAllAsync(default);
        return (rings, new SigningKeys(rings, Clock));
    }

    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await _rings.ReloadAllAsync(default);
    }

    public bool Reads(string token, JwtExpectation? expected = null) => Reader.TryRead(token, expected ?? Expected, out _, out _);

    public string GoodPayload => $$"""{"iss":"{{Issuer}}","sub":"alice","aud":"{{Audience}}","iat":{{Now}},"exp":{{Now + 600}},"jti":"{{PublicId.New(Clock.GetUtcNow())}}"}""";

    public string GoodHeader => $$"""{"typ":"at+jwt","alg":"ES256","kid":"{{Keys.Signing.Id}}"}""";

    public string GoodToken() => Writer.Write(Type, Encoding.UTF8.GetBytes(GoodPayload));

    /// <summary>Signs any header and payload with the key that signs now.</summary>
    public string Forge(string header, string payload) => Forge(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload));

    /// <inheritdoc cref="Forge(string,string)"/>
    public string Forge(byte[] header, byte[] payload)
    {
        using var key = ECDsa.Create();
        key.ImportECPrivateKey(Ring.Signing.Material.Span, out _);
        return Sign(key, header, payload);
    }

    /// <summary>Signs any header and payload with any key.</summary>
    public static string Sign(ECDsa key, byte[] header, byte[] payload)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public async ValueTask DisposeAsync()
    {
        _master.Dispose();
        await _state.DisposeAsync();
    }

    private KeyRings NewRings(IStore store) => new([SigningKeys.Policy(TimeSpan.FromDays(90))], store, _master, Clock, NullLogger<KeyRing>.Instance);
}
