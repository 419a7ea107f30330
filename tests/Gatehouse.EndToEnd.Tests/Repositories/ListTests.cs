using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

public sealed class ListTests
{
    private const string Contract =
        """{"columns":{"humanisedName":"Repositories","columnisedName":"Repositories","description":"A list of all the repositories in the server"},"rows":[{"dataRow":"_control","metadata":{"url":"/api/repositories/_control"}},{"dataRow":"jupiter","metadata":{"url":"/api/repositories/jupiter"}}]}""";

    [Fact]
    [Contract("REP-5", "REP-11", "REP-12", "REP-13", "REP-16", "REP-17", "REP-19", "HTT-36")]
    public async Task The_list_of_the_contract_byte_for_byte()
    {
        await using var gate = await EmbeddedGate.StartAsync();
        await gate.AddRepositoriesAsync("jupiter", "_control");
        await gate.AddHiddenRepositoryAsync("hidden");

        var list = await Ask.SendAsync(gate.Address, "GET", Ask.Prefix);
        list.Written().ShouldBe($"200\nContent-Length: 286\nContent-Type: application/json\nETag: \"1979389447\"\n\n{Contract}");

        (await Ask.SendAsync(gate.Address, "GET", Ask.Prefix + "/")).Written().ShouldBe(list.Written());
        (await Ask.SendAsync(gate.Address, "GET", Ask.Prefix + "?x=1")).Written().ShouldBe(list.Written());
        string[][] credentials =
        [
            [Ask.Basic("nobody", "wrong")], ["Basic"], ["Basic !"], ["Bearer x"], [""], [Ask.Basic("a", "b"), Ask.Basic("a", "b")],
        ];
        foreach (var authorization in credentials)
        {
            (await Ask.SendAsync(gate.Address, "GET", Ask.Prefix, authorization)).Written().ShouldBe(list.Written());
        }

        (await gate.AuditOfAsync("nobody")).ShouldBeEmpty();

        var head = await Ask.SendAsync(gate.Address, "HEAD", Ask.Prefix);
        head.Status.ShouldBe(200);
        head.Headers.Where(header => header.Name != "Date").ShouldBe(list.Headers.Where(header => header.Name != "Date"));
        foreach (var method in new[] { "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "LIST" })
        {
            var refused = await Ask.SendAsync(gate.Address, method, Ask.Prefix);
            refused.ShouldBeError(405, "Method Not Allowed");
            refused.Header("Allow").ShouldBe("GET, HEAD");
        }
    }

    [Theory]
    [Contract("REP-16")]
    [InlineData("\"1979389447\"", 304)]
    [InlineData("W/\"1979389447\"", 304)]
    [InlineData("\"1\", \"1979389447\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"1979389448\"", 200)]
    [InlineData("1979389447", 200)]
    [InlineData("", 200)]
    public async Task A_list_that_is_known_is_not_sent_again(string known, int status)
    {
        await using var gate = await EmbeddedGate.StartAsync();
        await gate.AddRepositoriesAsync("jupiter", "_control");

        var answer = await WireClient.ExchangeAsync(gate.Address, $"GET {Ask.Prefix} HTTP/1.1\r\nHost: x\r\nIf-None-Match: {known}\r\n\r\n");

        answer.Status.ShouldBe(status);
        answer.Header("ETag").ShouldBe("\"1979389447\"");
        answer.Body.Length.ShouldBe(status == 304 ? 0 : 286);
    }

    [Fact]
    [Contract("REP-13", "REP-14", "REP-15", "REP-88")]
    public async Task Names_stand_in_order_of_code_points_and_their_urls_can_be_used_as_they_are()
    {
        await using var gate = await EmbeddedGate.StartAsync();
        (await Ask.SendAsync(gate.Address, "GET", Ask.Prefix)).Text.ShouldEndWith(""","rows":""}""");

        // U+FFFD comes before U+1F511, whatever UTF-16 says.
        string[] names = ["B", "a b", "a\"q", "c+d;e=f", "caf\u00e9", "p%2Fq", "tilde~", "\ufffd", "\ud83d\udd11"];
        await gate.AddRepositoriesAsync([.. names.Reverse()]);
        await gate.AddAccountAsync("joe", "bloggs", names);

        var list = await Ask.SendAsync(gate.Address, "GET", Ask.Prefix);
        using var json = System.Text.Json.JsonDocument.Parse(list.Body);
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.ConvertAll(row => row.GetProperty("dataRow").GetString()).ShouldBe(names);
        list.Text.ShouldContain("""{"dataRow":"a\"q","metadata":{"url":"/api/repositories/a%22q"}},{"dataRow":"c+d;e=f","metadata":{"url":"/api/repositories/c%2Bd%3Be%3Df"}}""");
        foreach (var row in rows)
        {
            var url = row.GetProperty("metadata").GetProperty("url").GetString()!;
            var opened = await Ask.GetAsync(gate.Address, url, "joe", "bloggs");
            opened.Status.ShouldBe(200, url);
            using var echo = System.Text.Json.JsonDocument.Parse(opened.Body);
            echo.RootElement.GetProperty("tenant").GetString().ShouldBe(row.GetProperty("dataRow").GetString());
        }
    }
}
