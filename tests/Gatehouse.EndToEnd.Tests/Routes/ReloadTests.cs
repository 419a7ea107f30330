using System.Diagnostics;
using System.Globalization;
using Gatehouse.EndToEnd.Tests.Forwarding;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Routes;

/// <summary>Routes change while the program runs.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Thousand_requests_during_twenty_reloads_are_all_right()
    {
        using var directory = new TemporaryDirectory();
        await using var one = RecordingUpstream.Start((_, connection) => connection.AnswerAsync("one"));
        await using var two = RecordingUpstream.Start((_, connection) => connection.AnswerAsync("two"));
        var file = directory.File("gatehouse.json");
        await WriteAsync(file, one.Address, "/orders");
        await using var gate = await RouteGate.StartWithFileAsync(file);
        var (done, wrong, texts) = (0, new List<string>(), new Dictionary<string, int>());
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(CallAsync)).ToList();

        for (var i = 1; i <= 20; i++)
        {
            await WriteAsync(file, i % 2 == 0 ? one.Address : two.Address, i % 2 == 0 ? "/orders" : "/ORDERS");
            await HangUpAsync(gate.Server);
            var served = i + 1;
            await Eventually.TrueAsync(() => Task.FromResult(Count(gate.Server.Log, "1 routes are served") >= served));
        }

        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref done) >= 1_000), TimeSpan.FromMinutes(2));
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        wrong.ShouldBeEmpty();
        texts.Keys.ShouldBe(["one", "two"], ignoreOrder: true);

        // What left the table has no connection left.
        await Eventually.TrueAsync(() => Task.FromResult(two.Connections.All(connection => connection.IsClosed)));

        async Task CallAsync()
        {
            await using var client = await WireClient.ConnectAsync(gate.Server.Https);
            while (!stop.IsCancellationRequested)
            {
                await client.SendAsync(ForwardingGate.Request("GET", "/orders/x", null, gate.Callers["ar-system"].Credential));
                var answer = await client.ReadAnswerAsync();
                lock (wrong)
                {
                    done++;
                    texts[answer.Text] = texts.GetValueOrDefault(answer.Text) + 1;
                    if (answer.Status != 200 || answer.Text is not ("one" or "two"))
                    {
                        wrong.Add($"{answer.Status} {answer.Text}");
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Request_in_flight_ends_on_the_route_that_it_began_on()
    {
        using var directory = new TemporaryDirectory();
        var release = new TaskCompletionSource();
        await using var slow = RecordingUpstream.Start(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            await release.Task;
            await connection.SendAsync("half");
        });
        await using var other = RecordingUpstream.Start((_, connection) => connection.AnswerAsync("other"));
        var file = directory.File("gatehouse.json");
        await WriteAsync(file, slow.Address, "/orders");
        await using var gate = await RouteGate.StartWithFileAsync(file);

        var waiting = gate.CallAsync("ar-system", "/orders/x");
        await Eventually.TrueAsync(() => Task.FromResult(slow.Requests.Count == 1));
        await WriteAsync(file, other.Address, "/orders");

        // Seen without a signal.
        await Eventually.TrueAsync(async () => (await Task.WhenAny(gate.CallAsync("ar-system", "/orders/y"), Task.Delay(500))) is Task<WireAnswer> { Result.Text: "other" });
        slow.Connections.ShouldContain(connection => !connection.IsClosed);
        release.SetResult();
        (await waiting).Text.ShouldBe("halfhalf");
        await Eventually.TrueAsync(() => Task.FromResult(slow.Connections.Count(connection => !connection.IsClosed) <= slow.Requests.Count(request => request.Target == "/orders/y")));
    }

    [Fact]
    [Contract("HTT-185")]
    public async Task Bad_configuration_is_refused_with_every_fault_once_and_the_old_one_stays()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("gatehouse.json");
        await WriteAsync(file, "\"orders\":{\"Path\":\"/orders\",\"Dialect\":\"ar-system\",\"Upstream\":\"echo\"}");
        await using var gate = await RouteGate.StartWithFileAsync(file);
        (await gate.CallAsync("ar-system", "/orders")).Status.ShouldBe(200);

        await WriteAsync(file, "\"orders\":{\"Path\":\"/health\",\"Dialect\":\"ar-system\",\"Upstream\":\"echo\",\"Roles\":\"boss\"}");
        await Eventually.TrueAsync(() => Task.FromResult(gate.Server.Log.Contains("is refused", StringComparison.Ordinal)));
        await HangUpAsync(gate.Server);
        await Task.Delay(TimeSpan.FromSeconds(2.5), TestContext.Current.CancellationToken);

        // A line as text and, in JSON, as state.
        Messages(gate.Server.Log, "is refused").Count.ShouldBe(2);
        gate.Server.Log.ShouldContain("Gatehouse:Routes:orders:Roles");
        (await gate.CallAsync("ar-system", "/orders")).Status.ShouldBe(200);

        await File.WriteAllTextAsync(file, "{ \"Gatehouse\": {", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(gate.Server.Log.Contains("cannot be read", StringComparison.Ordinal)));
        (await gate.CallAsync("ar-system", "/orders")).Status.ShouldBe(200);

        await File.WriteAllTextAsync(
            file, "{\"Gatehouse\":{\"Throttle\":{\"LockAfter\":50},\"Metrics\":{\"Token\":\"a secret that stays one\"},\"Routes\":{\"bills\":{\"Path\":\"/bills\",\"Dialect\":\"ar-system\",\"Upstream\":\"echo\"}}}}", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await gate.CallAsync("ar-system", "/bills")).Status == 200);
        (await gate.CallAsync("ar-system", "/orders")).Status.ShouldBe(404);
        await Eventually.TrueAsync(() => Task.FromResult(gate.Server.Log.Contains("taken up at the next start only", StringComparison.Ordinal)));
        Messages(gate.Server.Log, "taken up at the next start only").ShouldHaveSingleItem().ShouldContain("Gatehouse:Metrics:Token, Gatehouse:Throttle:LockAfter.");
        gate.Server.Log.ShouldNotContain("a secret that stays one");
    }

    private static Task WriteAsync(string file, Uri upstream, string path) =>
        WriteAsync(file, $"\"orders\":{{\"Path\":\"{path}\",\"Dialect\":\"ar-system\",\"Upstream\":\"{upstream}\"}}");

    private static Task WriteAsync(string file, string routes) => File.WriteAllTextAsync(file, $"{{\"Gatehouse\":{{\"Routes\":{{{routes}}}}}}}");

    private static async Task HangUpAsync(GatehouseServer server)
    {
        using var kill = Process.Start("kill", ["-HUP", server.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static List<string> Messages(string log, string part) => [.. log.Split('\n').Where(line => line.Contains(part, StringComparison.Ordinal))];

    private static int Count(string log, string part) => Messages(log, part).Count;
}
