using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.OperationalIntelligence;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Gatehouse.Testing.Servers;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Postgres;

/// <summary>Two servers on one PostgreSQL store are one group.</summary>
public sealed class ClusterTests(Cluster cluster) : IClassFixture<Cluster>
{
    private static readonly TimeSpan LearnsWithin = TimeSpan.FromSeconds(1);

    [Fact]
    [Contract("ATK-83")]
    public void First_start_of_both_at_once_shows_one_password() =>
        new[] { cluster.One, cluster.Other }.Count(server => server.AdminPassword.Length > 0).ShouldBe(1);

    [Fact]
    [Contract("ARS-36", "ARS-40", "ARS-80", "ARS-109", "HTT-102", "HTT-170")]
    public async Task Token_of_one_works_on_the_other_until_it_logs_out()
    {
        await cluster.AddAsync("ar-shared");
        var (one, other) = (await TokenAsync(cluster.One, "ar-shared"), await TokenAsync(cluster.Other, "ar-shared"));
        (await Cluster.CallAsync(cluster.Other, one)).ShouldBe(200);
        (await Cluster.CallAsync(cluster.One, other)).ShouldBe(200);

        (await WireClient.ExchangeAsync(cluster.One.Https, ArRequests.Logout(one))).Status.ShouldBe(204);
        var learned = await UntilAsync(async () => await Cluster.CallAsync(cluster.Other, one) == 401);

        learned.ShouldBeLessThan(LearnsWithin);
        (await Cluster.CallAsync(cluster.One, one)).ShouldBe(401);
        (await Cluster.CallAsync(cluster.One, other)).ShouldBe(200);
    }

    [Fact]
    [Contract("PN-37", "HTT-102")]
    public async Task ProactiveNet_token_of_one_works_on_the_other_and_a_revocation_holds_on_both()
    {
        await cluster.AddAsync("pn-shared");
        var form = $"username=pn-shared&password={Uri.EscapeDataString(Cluster.Password)}";
        var login = await Cluster.SendAsync(cluster.One, OiRequests.Request("POST", "/bppmws/api/authenticate/login", form, "Content-Type: application/x-www-form-urlencoded"));
        login.Status.ShouldBe(200, login.Text);
        var token = JsonDocument.Parse(login.Text).RootElement.GetProperty("response").GetProperty("authToken").GetString()!;
        (await PnCallAsync(cluster.Other, token)).ShouldBe(200);
        (await PnCallAsync(cluster.One, token)).ShouldBe(200);

        (await cluster.RunAsync("session", "revoke", "--account", "pn-shared")).ExitCode.ShouldBe(0);

        (await UntilAsync(async () => await PnCallAsync(cluster.One, token) == 401)).ShouldBeLessThan(LearnsWithin);
        (await UntilAsync(async () => await PnCallAsync(cluster.Other, token) == 401)).ShouldBeLessThan(LearnsWithin);
    }

    [Fact]
    [Contract("ATK-7", "HTT-92", "HTT-98")]
    public async Task Limit_of_guesses_holds_for_both_together()
    {
        await cluster.AddAsync("guessed");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Cluster.SendAsync(i % 2 == 0 ? cluster.One : cluster.Other, OiRequests.SignIn("guessed", $"wrong quince tree {i}"))));

        // Five are checked, wherever they arrive; all others are told to wait, unchecked.
        answers.Count(answer => answer.Status == 401).ShouldBeInRange(1, 5);
        answers.Where(answer => answer.Status != 401).ShouldAllBe(answer => answer.Status == 429 || answer.Status == 503);
        foreach (var server in new[] { cluster.One, cluster.Other })
        {
            (await Cluster.SendAsync(server, OiRequests.SignIn("guessed", Cluster.Password))).Status.ShouldBe(429);
        }
    }

    [Fact]
    [Contract("OI-43", "OI-56", "HTT-110")]
    public async Task Refresh_token_shown_to_both_at_once_has_one_successor()
    {
        await cluster.AddAsync("oi-shared");
        var tokens = OiGate.Tokens(await Cluster.SendAsync(cluster.One, OiRequests.SignIn("oi-shared", Cluster.Password)));
        (await Cluster.SendAsync(cluster.Other, OiRequests.Call(OiRequests.Bearer(tokens.Tkn)))).Status.ShouldBe(200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Cluster.SendAsync(i % 2 == 0 ? cluster.One : cluster.Other, OiRequests.Refresh(tokens.Rtkn))));

        var pairs = answers.Select(OiGate.Tokens).ToList();
        pairs.Select(pair => pair.Tkn).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        pairs.Select(pair => pair.UserRefId).Append(tokens.UserRefId).Distinct().Count().ShouldBe(13);
        foreach (var server in new[] { cluster.One, cluster.Other })
        {
            (await UntilAsync(async () => (await Cluster.SendAsync(server, OiRequests.Call(OiRequests.Bearer(tokens.Tkn)))).Status == 401)).ShouldBeLessThan(LearnsWithin);
            (await Cluster.SendAsync(server, OiRequests.Call(OiRequests.Bearer(pairs[0].Tkn)))).Status.ShouldBe(200);
        }
    }

    [Fact]
    [Contract("ATK-85", "HTT-181")]
    public async Task Connection_string_with_a_password_is_never_shown()
    {
        var unreachable = await GatehouseProgram.RunAsync(["account", "list", "--data", cluster.One.Data, "--store", "Host=127.0.0.1;Port=1;Username=u;Password=hush-hush"]);
        var malformed = await GatehouseProgram.RunAsync(["store", "check", "--data", cluster.One.Data, "--store", "Hst=127.0.0.1;Password=hush-hush"]);
        var target = await GatehouseProgram.RunAsync(["store", "copy", "--data", cluster.One.Data, "--to", "Hst=127.0.0.1;Password=hush-hush"]);

        (unreachable.ExitCode, malformed.ExitCode, target.ExitCode).ShouldBe((3, 2, 2));
        foreach (var result in new[] { unreachable, malformed, target })
        {
            (result.Output + result.Errors).ShouldNotContain("hush");
            result.Errors.TrimEnd().Split('\n').ShouldHaveSingleItem();
        }

        (cluster.One.Log + cluster.Other.Log).ShouldNotContain(PostgresServer.Password);
    }

    [Fact]
    [Contract("HTT-115")]
    public async Task Commands_work_on_the_database_and_a_node_without_the_master_key_does_not_start()
    {
        await cluster.AddAsync("listed");
        using var directory = new TemporaryDirectory();
        var environment = new Dictionary<string, string> { ["Gatehouse__Store__Connection"] = cluster.Connection };

        var list = await cluster.RunAsync("account", "list", "--search", "LISTED", "--json");
        var stranger = await GatehouseProgram.RunAsync(["serve", "--data", directory.File("data"), "--urls", "http://127.0.0.1:0"], environment: environment);

        JsonDocument.Parse(list.Output).RootElement.EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("listed");
        stranger.ExitCode.ShouldBe(1);
        stranger.Errors.ShouldContain("copy the file from another node");
        File.Exists(directory.File("data/master.key")).ShouldBeFalse();
    }

    private static async Task<string> TokenAsync(GatehouseServer server, string name)
    {
        var answer = await Cluster.LogInAsync(server, name);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Text;
    }

    private static async Task<int> PnCallAsync(GatehouseServer server, string token) =>
        (await Cluster.SendAsync(server, OiRequests.Request("GET", "/bppmws/api/Device", null, $"Authorization: authtoken {token}"))).Status;

    /// <summary>How long it takes until the answer is yes.</summary>
    private static async Task<TimeSpan> UntilAsync(Func<Task<bool>> question)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var asked = clock.Elapsed;
            if (await question())
            {
                return asked;
            }

            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
            await Task.Delay(10);
        }
    }
}
