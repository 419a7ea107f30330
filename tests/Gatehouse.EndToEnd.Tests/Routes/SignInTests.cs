using System.Collections.Concurrent;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>The gate's own account at an upstream that records every byte.</summary>
public sealed class SignInTests
{
    private const string Password = "a word that nobody may see";

    [Fact]
    [Contract("ATK-36", "ATK-40", "ATK-76", "ATK-2")]
    public async Task Only_the_gates_account_is_known_at_the_upstream_and_it_stays_there()
    {
        await using var upstream = new ArUpstream();
        await using var gate = await GateToAsync(upstream.Address);
        var caller = gate.Callers["proactivenet"];

        var answer = await gate.CallAsync(
            "proactivenet", "/orders/1?x=1", "GET", null,
            "Cookie: AR-JWT=forged; a=b", "X-AR-Impersonated-User: Zm9yZ2Vk", "X_AR_Impersonated_User: Zm9yZ2Vk", "x-ar-impersonated_user: Zm9yZ2Vk", "Remote-User: forged");

        (answer.Status, answer.Text, answer.Header("Set-Cookie"), answer.Header("X-Theirs")).ShouldBe((200, "done", null, "1"));
        var request = upstream.Calls.ShouldHaveSingleItem();
        request.Line.ShouldBe("GET /orders/1?x=1 HTTP/1.1");
        request.Header("Authorization").ShouldBe("AR-JWT token-1");
        request.Head.ShouldNotContain("forged");
        request.Head.ShouldNotContain("Zm9yZ2Vk");
        request.Head.ShouldNotContain(caller.Secret);
        request.Names.ShouldAllBe(name => !name.StartsWith("remote-", StringComparison.Ordinal) && name != "cookie" && !name.Contains("impersonated"));
        (gate.Server.Log + gate.Server.Output).ShouldNotContain(Password);
        (gate.Server.Log + gate.Server.Output).ShouldNotContain("token-1");
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Refused_token_is_renewed_once_and_the_request_sent_again()
    {
        await using var upstream = new ArUpstream();
        await using var gate = await GateToAsync(upstream.Address);
        (await gate.CallAsync("proactivenet", "/orders/1")).Status.ShouldBe(200);
        upstream.EndTokens();

        (await gate.CallAsync("proactivenet", "/orders/2")).Status.ShouldBe(200);

        upstream.Calls.Select(call => call.Header("Authorization")).ShouldBe(["AR-JWT token-1", "AR-JWT token-1", "AR-JWT token-2"]);
        upstream.SignIns.ShouldBe(2);
    }

    [Fact]
    [Contract("ATK-28")]
    public async Task Body_that_streamed_through_is_not_sent_again()
    {
        await using var upstream = new ArUpstream();
        await using var gate = await GateToAsync(upstream.Address);
        (await gate.CallAsync("proactivenet", "/orders/1")).Status.ShouldBe(200);
        upstream.EndTokens();

        var answer = await gate.CallAsync("proactivenet", "/orders/2", "POST", "body");

        (answer.Status, answer.Header("WWW-Authenticate")).ShouldBe((502, null));
        answer.Text.ShouldContain("Bad Gateway");
        upstream.Calls.Count(call => call.Text == "body").ShouldBe(1);
        (await gate.CallAsync("proactivenet", "/orders/3", "POST", "body")).Status.ShouldBe(200);
        upstream.SignIns.ShouldBe(2);
    }

    [Fact]
    [Contract("ATK-76")]
    public async Task Upstream_that_refuses_every_token_is_502_and_is_not_hammered()
    {
        await using var upstream = new ArUpstream { RefusesAll = true };
        await using var gate = await GateToAsync(upstream.Address);

        for (var i = 0; i < 20; i++)
        {
            var answer = await gate.CallAsync("proactivenet", $"/orders/{i}");
            (answer.Status, answer.Header("WWW-Authenticate")).ShouldBe((502, null));
        }

        upstream.SignIns.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Parallel_calls_share_one_sign_in()
    {
        await using var upstream = new ArUpstream { SignInTakes = TimeSpan.FromMilliseconds(300) };
        await using var gate = await GateToAsync(upstream.Address);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => gate.CallAsync("proactivenet", $"/orders/{i}")));

        answers.ShouldAllBe(answer => answer.Status == 200);
        upstream.SignIns.ShouldBe(1);
    }

    [Fact]
    public async Task Wrong_password_is_tried_once_and_the_callers_told_502()
    {
        await using var upstream = new ArUpstream { Password = "another" };
        await using var gate = await GateToAsync(upstream.Address);

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 30).Select(i => gate.CallAsync("proactivenet", $"/orders/{i}"))))
        {
            (answer.Status, answer.Header("WWW-Authenticate")).ShouldBe((502, null));
            answer.Text.ShouldContain("Bad Gateway");
        }

        (await gate.CallAsync("proactivenet", "/orders/last")).Status.ShouldBe(502);
        upstream.SignIns.ShouldBe(1);
        upstream.Calls.ShouldBeEmpty();
        gate.Server.Log.ShouldContain("no sign-in at the upstream");
        gate.Server.Log.ShouldNotContain(Password);
    }

    [Fact]
    [Contract("PN-127")]
    public async Task Sign_in_that_is_down_is_502_and_mends_itself()
    {
        await using var upstream = new ArUpstream { IsBusy = true };
        await using var gate = await GateToAsync(upstream.Address);

        (await gate.CallAsync("proactivenet", "/orders/1")).Status.ShouldBe(502);
        upstream.IsBusy = false;
        await Servers.Eventually.TrueAsync(async () => (await gate.CallAsync("proactivenet", "/orders/2")).Status == 200);
    }

    [Fact]
    [Contract("ATK-84", "HTT-181")]
    public async Task Password_comes_from_a_file_whose_rights_are_looked_at()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("secret");
        await File.WriteAllTextAsync(file, Password + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await using var upstream = new ArUpstream();
        await using var gate = await GateToAsync(upstream.Address, ("SignIn:Password", null), ("SignIn:PasswordFile", file));

        (await gate.CallAsync("proactivenet", "/orders/1")).Status.ShouldBe(200);
        gate.Server.Log.ShouldContain($"{file} can be read or written by others than its owner");
    }

    private static Task<RouteGate> GateToAsync(Uri upstream, params (string Name, string? Value)[] more)
    {
        var options = new Dictionary<string, string?>
        {
            ["Path"] = "/orders",
            ["Dialect"] = "proactivenet",
            ["Upstream"] = upstream.ToString(),
            ["Identity"] = "sign-in",
            ["SignIn:Dialect"] = "ar-system",
            ["SignIn:Account"] = "svc",
            ["SignIn:Password"] = Password,
            ["SignIn:AllowHttp"] = "true",
        };
        foreach (var (name, value) in more)
        {
            options[name] = value;
        }

        return RouteGate.StartAsync(RouteGate.Route("orders", [.. options.Where(option => option.Value is not null).Select(option => (option.Key, option.Value!))]));
    }

    /// <summary>An AR System of a few lines: counts sign-ins, and knows which tokens are good.</summary>
    private sealed class ArUpstream : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, bool> _tokens = new();
        private readonly RecordingUpstream _upstream;
        private int _signIns;

        public ArUpstream() => _upstream = RecordingUpstream.Start(AnswerAsync);

        public string Password { get; init; } = SignInTests.Password;

        public bool RefusesAll { get; init; }

        public bool IsBusy { get; set; }

        public TimeSpan SignInTakes { get; init; }

        public Uri Address => _upstream.Address;

        public int SignIns => Volatile.Read(ref _signIns);

        public IReadOnlyList<UpstreamRequest> Calls => [.. _upstream.Requests.Where(request => !request.Target.StartsWith("/api/jwt/", StringComparison.Ordinal))];

        public void EndTokens() => _tokens.Clear();

        public ValueTask DisposeAsync() => _upstream.DisposeAsync();

        private async Task AnswerAsync(UpstreamRequest request, UpstreamConnection connection)
        {
            switch (request.Target)
            {
                case "/api/jwt/login":
                    await Task.Delay(SignInTakes);
                    var number = Interlocked.Increment(ref _signIns);
                    var isRight = request.Text == $"username=svc&password={Uri.EscapeDataString(Password).Replace("%20", "+")}";
                    if (IsBusy || !isRight)
                    {
                        await connection.SendAsync($"HTTP/1.1 {(IsBusy ? 503 : 401)} No\r\nContent-Length: 0\r\n\r\n");
                        break;
                    }

                    _tokens[$"AR-JWT token-{number}"] = true;
                    await connection.AnswerAsync($"token-{number}", "Content-Type: text/plain\r\n");
                    break;
                case "/api/jwt/logout":
                    await connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
                    break;
                default:
                    await (RefusesAll || !_tokens.ContainsKey(request.Header("Authorization") ?? "")
                        ? connection.SendAsync("HTTP/1.1 401 No\r\nWWW-Authenticate: AR-JWT\r\nContent-Length: 0\r\n\r\n")
                        : connection.AnswerAsync("done", "X-Theirs: 1\r\nSet-Cookie: AR-JWT=token-1\r\n"));
                    break;
            }
        }
    }
}
