using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Together;

/// <summary>An authority as this suite uses it. To add one: a class below, and a line in <see cref="AuthorityPairTests.Makers"/>.</summary>
internal interface ITestedAuthority : IAsyncDisposable
{
    /// <summary>Somebody whose home it is.</summary>
    string Person { get; }

    /// <summary>The right password.</summary>
    string Secret { get; }

    /// <summary>What the gate must be told.</summary>
    IReadOnlyList<(string Name, string Value)> Options { get; }

    /// <summary>What is to be done when the gate runs.</summary>
    Task PrepareAsync(GatehouseServer gate);
}

/// <summary>Accounts of the installation itself.</summary>
internal sealed class TestedLocal : ITestedAuthority
{
    public string Person => "lois";

    public string Secret => "a local pass phrase";

    public IReadOnlyList<(string Name, string Value)> Options => [];

    public Task PrepareAsync(GatehouseServer gate) => gate.AddAccountAsync(Person, Secret, "--tenant", "DEFAULTORG");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>An OpenID provider.</summary>
internal sealed class TestedSso(OidcProvider provider) : ITestedAuthority
{
    public string Person => "sally";

    public string Secret => "the word at the sso";

    public IReadOnlyList<(string Name, string Value)> Options => provider.Options("corp", ("GroupRules", "everybody=tenant:DEFAULTORG"));

    public static async Task<ITestedAuthority> StartAsync()
    {
        var provider = await OidcProvider.StartAsync();
        provider.SetUsers(
            ("sally", "the word at the sso", ["everybody"], null),
            ("lois", "lois at the sso", ["everybody"], null),
            ("admin", "admin at the sso", ["everybody"], null));
        return new TestedSso(provider);
    }

    public Task PrepareAsync(GatehouseServer gate) => Task.CompletedTask;

    public ValueTask DisposeAsync() => provider.DisposeAsync();
}

/// <summary>For every pair of authorities switched on together, in every dialect: the right password works, a wrong or empty one never does.</summary>
public sealed class AuthorityPairTests
{
    /// <summary>The authorities there are.</summary>
    internal static IReadOnlyDictionary<string, Func<Task<ITestedAuthority>>> Makers { get; } = new Dictionary<string, Func<Task<ITestedAuthority>>>(StringComparer.Ordinal)
    {
        ["local"] = () => Task.FromResult<ITestedAuthority>(new TestedLocal()),
        ["sso"] = TestedSso.StartAsync,
    };

    private static readonly (string Dialect, Func<string, string, string> Request)[] Doors =
    [
        ("micetro", (name, secret) => Json("/mmws/api/micetro/sessions", $$"""{"loginName":"{{name}}","password":"{{secret}}"}""")),
        ("repositories", (name, secret) => $"GET /api/repositories/DEFAULTORG/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {SsoGate.Base64($"{name}:{secret}")}\r\n\r\n"),
        ("ar-system", (name, secret) => SsoGate.Post("/api/jwt/login", $"username={SsoGate.Escape(name)}&password={SsoGate.Escape(secret)}")),
        ("operational-intelligence", (name, secret) => SsoGate.Post(
            "/ess/security/v1/token", $"grant_type=PASSWORD&username={SsoGate.Escape(name)}&password={SsoGate.Escape(secret)}", $"Authorization: Basic {SsoGate.Base64("DEFAULTORG")}")),
        ("proactivenet", (name, secret) => SsoGate.Post("/bppmws/api/authenticate/login", $"username={SsoGate.Escape(name)}&password={SsoGate.Escape(secret)}")),
        ("proactivenet Base64", (name, secret) => $"GET /bppmws/api/Device HTTP/1.1\r\nHost: x\r\nAuthorization: authtoken {SsoGate.Base64($"{name}:{secret}")}\r\n\r\n"),
    ];

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        var names = Makers.Keys.Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            for (var j = i + 1; j < names.Count; j++)
            {
                pairs.Add(names[i], names[j]);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    [Contract("ATK-1", "ATK-4", "ATK-5", "HTT-81", "PN-92")]
    public async Task The_right_password_works_in_every_dialect_and_a_wrong_or_empty_one_never_does(string first, string second)
    {
        await using var one = await Makers[first]();
        await using var other = await Makers[second]();
        await using var gate = await GatehouseServer.StartAsync([.. one.Options, .. other.Options, ("Throttle:FreeAttempts", "1000"), ("Throttle:LockAfter", "100"), ("Passwords:CacheSeconds", "0")]);
        await one.PrepareAsync(gate);
        await other.PrepareAsync(gate);
        ITestedAuthority[] both = [one, other];

        foreach (var (dialect, request) in Doors)
        {
            foreach (var authority in both)
            {
                var stranger = both.Single(another => another != authority);
                (await StatusAsync(authority.Person, authority.Secret)).ShouldBeInRange(200, 299, $"{dialect}: {authority.Person}");
                foreach (var wrong in new[] { stranger.Secret, authority.Secret + "x", authority.Secret[..^1], authority.Secret.ToUpperInvariant(), "", " ", "\u00a0", gate.AdminPassword, $"{authority.Person} at the sso" })
                {
                    (await StatusAsync(authority.Person, wrong)).ShouldBeInRange(400, 499, $"{dialect}: {authority.Person} with '{wrong}'");
                }
            }

            // The account of the first start is its own authority's, whatever others say of its name.
            (await StatusAsync("admin", gate.AdminPassword)).ShouldBeInRange(200, 299, dialect);
            foreach (var wrong in new[] { one.Secret, other.Secret, "admin at the sso", "", " " })
            {
                (await StatusAsync("admin", wrong)).ShouldBeInRange(400, 499, $"{dialect}: admin with '{wrong}'");
            }

            async Task<int> StatusAsync(string name, string secret) => (await WireClient.ExchangeAsync(gate.Https, request(name, secret))).Status;
        }
    }

    private static string Json(string path, string body) =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {System.Text.Encoding.UTF8.GetByteCount(body)}\r\n\r\n{System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(body))}";
}
