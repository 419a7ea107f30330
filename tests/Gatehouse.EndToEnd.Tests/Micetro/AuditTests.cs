using System.Text.Json;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Micetro;

/// <summary>Contract section 12: what the operator learns, and what nobody does.</summary>
[Collection(MicetroCollection.Name)]
public sealed class AuditTests(MicetroServers servers)
{
    private const string Login = "/mmws/api/command/Login";
    private const string WrongPassword = "wrong password for the audit";

    [Fact]
    [Contract("MIC-136", "MIC-137", "MIC-14", "ATK-46", "HTT-177")]
    public async Task Each_decided_sign_in_is_one_row_and_no_secret_is_anywhere()
    {
        var server = servers.Plain;
        await server.AddAccountAsync("audited", MicetroServers.Password);
        var before = (await server.AuditAsync()).Count;
        var basic = Wire.Basic("audited", MicetroServers.Password);

        var session = Wire.SessionOf((await server.SendAsync("POST", Login, $$"""{"server":"cen\u2028tral","loginName":"audited","password":"{{MicetroServers.Password}}"}""")).Text);
        await server.SendAsync("POST", "/mmws/json", $$$"""{"method":"Login","params":{"loginName":"audited","password":"{{{WrongPassword}}}"}}""");
        await server.SoapAsync(Wire.Envelope(Wire.SoapLogin("nobody\u200bat&#10;all", WrongPassword)));
        await server.SoapAsync(Wire.Envelope(Wire.SoapLogin("nobody-in-the-audit", WrongPassword)));
        await server.GetAsync($"{Login}?loginName=audited&password={Uri.EscapeDataString(WrongPassword)}");
        await server.GetAsync("/mmws/api/x", basic);
        await server.GetAsync("/mmws/api/x", "Authorization: Basic ????");
        await server.GetAsync($"/mmws/api/x?session={session}");
        await server.GetAsync("/mmws/api/command/Logout", $"Authorization: Bearer {session}");
        await server.GetAsync($"/mmws/api/x?session={session}");
        await server.GetAsync("/mmws/api/x", $"Authorization: Bearer {session}");
        await server.SendFromAsync(MicetroServers.Proxy, "GET", "/mmws/api/x", null, "X-Forwarded-For: 198.51.100.9");
        await server.SendFromAsync(MicetroServers.Proxy, "GET", "/mmws/api/y", null, "X-Forwarded-For: 198.51.100.9");

        var audit = (await server.AuditAsync()).Skip(before).ToList();
        audit.Select(Short).ShouldBe(
        [
            "sign-in accepted audited rest null",
            "sign-in refused audited json-rpc bad-credentials",
            "sign-in refused null soap malformed",
            "sign-in refused null soap unknown-account",
            "sign-in refused null rest password-in-url",
            "sign-in refused null rest malformed",
            "sign-out accepted audited - null",
            "access refused audited - expired",
            "access refused null - https-required",
        ],
        ignoreOrder: true);
        Of("sign-in accepted audited rest null", "server").GetString().ShouldBe("cen\u2028tral");
        Of("sign-in refused audited json-rpc bad-credentials", "server").ValueKind.ShouldBe(JsonValueKind.Null);
        Of("sign-in refused null soap unknown-account", "name").GetString().ShouldBe("nobody-in-the-audit");
        Of("sign-in accepted audited rest null", "session").GetString().ShouldBe(Of("sign-out accepted audited - null", "session").GetString());
        Of("access refused null - https-required", "source").GetString().ShouldBe("198.51.100.9");
        JsonElement Of(string row, string member) => audit.Single(one => Short(one) == row).GetProperty(member);

        await AssertNoSecretsAsync(server, session, WrongPassword, Uri.EscapeDataString(WrongPassword), MicetroServers.Password, basic[^20..]);
    }

    [Fact]
    [Contract("MIC-90", "MIC-136")]
    public async Task First_use_of_a_basic_credential_is_a_sign_in()
    {
        var server = servers.Throttled;
        await server.AddAccountAsync("basic-user", MicetroServers.Password);
        var before = (await server.AuditAsync()).Count;
        for (var i = 0; i < 5; i++)
        {
            (await server.SoapAsync(Wire.Envelope("<GetUsers/>"), Wire.Basic("basic-user", MicetroServers.Password))).Status.ShouldBe(200);
        }

        await server.GetAsync("/mmws/api/x", Wire.Basic("basic-user", WrongPassword));
        var audit = (await server.AuditAsync()).Skip(before).ToList();
        audit.Select(Short).ShouldBe(["sign-in accepted basic-user soap null", "sign-in refused basic-user rest bad-credentials"]);
        audit[0].GetProperty("method").GetString().ShouldBe("password-basic");
        audit[0].GetProperty("session").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    [Contract("MIC-80", "MIC-109", "MIC-136")]
    public async Task Words_of_this_dialect_are_reasons()
    {
        var server = servers.Strict;
        await server.AddAccountAsync("worded", MicetroServers.Password);
        var before = (await server.AuditAsync()).Count;
        for (var i = 0; i < 3; i++)
        {
            await server.SendAsync("POST", Login, Wire.LoginBody("worded", MicetroServers.Password));
        }

        await server.SendAsync("POST", Login, """{"server":"elsewhere","loginName":"worded","password":"x"}""");

        var audit = (await server.AuditAsync()).Skip(before).ToList();
        audit.Select(Short).ShouldBe(
        [
            "sign-in accepted worded rest null",
            "sign-in accepted worded rest null",
            "sign-in refused worded rest too-many-sessions",
            "sign-in refused null rest unknown-central",
        ],
        ignoreOrder: true);
        var unknown = audit.Single(one => one.GetProperty("reason").GetString() == "unknown-central");
        unknown.GetProperty("server").GetString().ShouldBe("elsewhere");
        unknown.GetProperty("name").GetString().ShouldBe("worded");
    }

    [Fact]
    [Contract("MIC-125", "ATK-16", "HTT-112")]
    public async Task Store_that_does_not_confirm_is_503_in_every_wrapping()
    {
        await using var server = await GatehouseServer.StartAsync(("Store:BusySeconds", "1"));
        var password = server.AdminPassword;
        var session = await server.LoginAsync("admin", password);

        // Another writer holds the store: what must be written cannot be confirmed.
        var file = Directory.GetFiles(server.Data, "*.db").Single();
        await using var holder = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False");
        await holder.OpenAsync();
        await using (var hold = holder.CreateCommand())
        {
            hold.CommandText = "BEGIN IMMEDIATE";
            await hold.ExecuteNonQueryAsync();
        }

        foreach (var answer in new[]
        {
            await server.SendAsync("POST", "/mmws/api/micetro/sessions", Wire.LoginBody("admin", password)),
            await server.SendAsync("POST", "/mmws/json", $$$"""{"method":"Login","params":{{{Wire.LoginBody("admin", password)}}},"id":"q"}"""),
            await server.SoapAsync(Wire.Envelope(Wire.SoapLogin("admin", password))),
            await server.SoapAsync(Wire.Envelope(Wire.SoapLogin("admin", password), Wire.Soap12)),
            await server.SendAsync("DELETE", "/mmws/api/micetro/sessions", null, $"Authorization: Bearer {session}"),
        })
        {
            answer.Status.ShouldBe(503);
            answer.Text.ShouldContain("515");
            answer.Text.ShouldContain("The Central server cannot be reached.");
            int.Parse(answer.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(1);
            answer.All("WWW-Authenticate").ShouldBeEmpty();
            if (answer.Text.Contains("faultcode", StringComparison.Ordinal))
            {
                answer.Text.ShouldBe(Wire.Fault11(515, "The Central server cannot be reached.", "Server"));
            }
            else if (answer.Text.Contains("soap:Fault", StringComparison.Ordinal))
            {
                answer.Text.ShouldBe(Wire.Fault12(515, "The Central server cannot be reached.", "Receiver"));
            }
            else if (answer.Text.Contains("jsonrpc", StringComparison.Ordinal))
            {
                answer.Text.ShouldEndWith("\"id\":\"q\"}");
            }
        }

        // What was not ended lives on.
        (await server.GetAsync("/mmws/api/x", $"Authorization: Bearer {session}")).Status.ShouldBe(200);
    }

    private static string Short(JsonElement audit) =>
        $"{audit.GetProperty("event").GetString()} {audit.GetProperty("outcome").GetString()} {audit.GetProperty("account").GetString() ?? "null"} {(audit.TryGetProperty("wrapping", out var wrapping) ? wrapping.GetString() : "-")} {audit.GetProperty("reason").GetString() ?? "null"}";

    private static async Task AssertNoSecretsAsync(GatehouseServer server, params string[] secrets)
    {
        var places = new List<string> { server.Log, server.Output.Replace(server.AdminPassword, "", StringComparison.Ordinal), (await server.RunAsync("audit", "--json")).Output };
        places.AddRange(Directory.GetFiles(server.Data, "*", SearchOption.AllDirectories).Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return System.Text.Encoding.Latin1.GetString(bytes.ToArray());
        }));
        foreach (var place in places)
        {
            foreach (var secret in secrets)
            {
                place.ShouldNotContain(secret);
            }
        }
    }
}
