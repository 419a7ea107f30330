using System.Text.Json;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Operator;

/// <summary>HTT-114, HTT-115, ARS-111: what lists show, and what they never show.</summary>
public sealed class ListingTests(Gates gates)
{
    private const string Time = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$";

    [Fact]
    [Contract("ARS-111", "HTT-114")]
    public async Task Sessions_are_listed_with_the_id_that_echo_shows()
    {
        var gate = await gates.Default;
        await gate.AddAsync("listed");
        var token = await gate.TokenAsync("listed");
        var id = Echo.Read(await gate.CallAsync(token)).Session;
        (await gate.Server.RunAsync("token", "issue", "listed")).ExitCode.ShouldBe(0);

        var result = await gate.Server.RunAsync("session", "list", "--account", "LISTED", "--dialect", "ar-system", "--json");

        result.ExitCode.ShouldBe(0);
        var session = JsonDocument.Parse(result.Output).RootElement.EnumerateArray().ShouldHaveSingleItem();
        Names(session).ShouldBe(["id", "kind", "account", "tenant", "dialect", "issued", "expires", "lastUsed", "source", "label"]);
        Text(session, "id").ShouldBe(id);
        (Text(session, "kind"), Text(session, "account"), Text(session, "tenant"), Text(session, "dialect"), Text(session, "source"), Text(session, "label"))
            .ShouldBe(("session", "listed", null, "ar-system", "127.0.0.1", null));
        foreach (var name in (string[])["issued", "expires", "lastUsed"])
        {
            Text(session, name)!.ShouldMatch(Time);
        }

        result.Output.ShouldNotContain(token[^43..]);
        (await gate.Server.RunAsync("session", "list", "--account", "listed", "--dialect", "micetro", "--json")).Output.Trim().ShouldBe("[]");
        (await gate.Server.RunAsync("session", "list", "--account", "listed-nobody", "--json")).ExitCode.ShouldBe(1);
        (await gate.Server.RunAsync("session", "list", "--account", "listed")).Output.ShouldContain(id!);
    }

    [Fact]
    [Contract("HTT-114", "HTT-108")]
    public async Task Tokens_are_listed_without_the_token()
    {
        var gate = await gates.Default;
        await gate.AddAsync("listed-token");
        var token = (await gate.Server.RunAsync("token", "issue", "listed-token", "--expires", "30d", "--label", "caf\u00e9 \u202e")).Output.Trim();

        var result = await gate.Server.RunAsync("token", "list", "--json");

        var listed = JsonDocument.Parse(result.Output).RootElement.EnumerateArray().Where(row => Text(row, "account") == "listed-token").ShouldHaveSingleItem();
        Names(listed).ShouldBe(["id", "kind", "account", "tenant", "dialect", "issued", "expires", "lastUsed", "source", "label"]);
        (Text(listed, "kind"), Text(listed, "dialect"), Text(listed, "source"), Text(listed, "label")).ShouldBe(("api-token", null, null, "caf\u00e9 \u202e"));
        (DateTimeOffset.Parse(Text(listed, "expires")!) - DateTimeOffset.Parse(Text(listed, "issued")!)).ShouldBe(TimeSpan.FromDays(30));
        result.Output.ShouldNotContain(token[4..]);
        (await gate.Server.RunAsync("token", "list")).Output.ShouldNotContain("\u202e");
    }

    [Fact]
    [Contract("HTT-115")]
    public async Task Accounts_are_shown_and_listed_alike()
    {
        var gate = await gates.Default;
        await gate.Server.RunAsync("tenant", "add", "Listing");
        (await gate.Server.RunAsync("account", "add", "listed-account", "--tenant", "Listing", "--role", "impersonator", "--role", "global")).ExitCode.ShouldBe(0);

        var shown = (await gate.Server.RunAsync("account", "show", "listed-account", "--json")).Output.Trim();

        shown.ShouldBe("""{"name":"listed-account","authority":"local","enabled":true,"locked":false,"tenants":["Listing"],"roles":["global","impersonator"]}""");
        var all = JsonDocument.Parse((await gate.Server.RunAsync("account", "list", "--json")).Output).RootElement.EnumerateArray().Select(row => row.GetRawText()).ToList();
        all.ShouldContain(shown);
        all.ShouldContain("""{"name":"admin","authority":"local","enabled":true,"locked":false,"tenants":["DEFAULTORG"],"roles":["administrator"]}""");
        (await gate.Server.RunAsync("account", "show", "listed-nobody", "--json")).ExitCode.ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-114")]
    public async Task Tenants_are_listed()
    {
        var gate = await gates.Default;
        (await gate.Server.RunAsync("tenant", "add", "Hidden one", "--id", "internal-7", "--hidden")).ExitCode.ShouldBe(0);

        var all = JsonDocument.Parse((await gate.Server.RunAsync("tenant", "list", "--json")).Output).RootElement.EnumerateArray().Select(row => row.GetRawText());

        all.ShouldContain("""{"name":"Hidden one","id":"internal-7","hidden":true}""");
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
