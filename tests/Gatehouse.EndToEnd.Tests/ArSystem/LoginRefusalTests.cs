using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 4: refused logins.</summary>
public sealed class LoginRefusalTests(Gates gates)
{
    [Fact]
    [Contract("ARS-41", "ARS-42", "ARS-43", "ARS-44", "HTT-25", "HTT-73", "HTT-79", "HTT-85", "ATK-10")]
    public async Task Wrong_unknown_disabled_without_password_and_other_case_are_one_answer()
    {
        var gate = await gates.Default;
        await gate.AddAsync("refusal-a");
        await gate.AddAsync("refusal-b");
        await gate.AddAsync("refusal-c", password: null);
        (await gate.Server.RunAsync("account", "disable", "refusal-b")).ExitCode.ShouldBe(0);

        WireAnswer[] answers =
        [
            await gate.LogInAsync("refusal-a", "a wrong password"),
            await gate.LogInAsync("refusal-b"),
            await gate.LogInAsync("refusal-b", "a wrong password"),
            await gate.LogInAsync("refusal-c"),
            await gate.LogInAsync("refusal-z"),
            await gate.LogInAsync("REFUSAL-A"),
        ];

        answers[0].ShouldBe623("\"refusal-a\"");
        string[] names = ["refusal-a", "refusal-b", "refusal-b", "refusal-c", "refusal-z", "REFUSAL-A"];
        answers.Zip(names).Select(pair => pair.First.Golden().Replace(pair.Second, "refusal-a", StringComparison.Ordinal)).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("username=blank-known&password=", "\"blank-known\"")]
    [InlineData("username=blank-known&password", "\"blank-known\"")]
    [InlineData("username=blank-known", "\"blank-known\"")]
    [InlineData("username=blank-known&password=+++", "\"blank-known\"")]
    [InlineData("username=blank-known&password=%09%E3%80%80", "\"blank-known\"")]
    [InlineData("username=blank-known&password=%00", "\"blank-known\"")]
    [InlineData("username=blank-unknown&password=", "\"blank-unknown\"")]
    [InlineData("username=blank-known&Password=plum+tree+in+the+garden", "\"blank-known\"")]
    [InlineData("username=&password=plum+tree+in+the+garden", "\"\"")]
    [InlineData("password=plum+tree+in+the+garden", "\"\"")]
    [InlineData("", "\"\"")]
    [InlineData("=&=&&", "\"\"")]
    [Contract("ARS-16", "ARS-45", "ARS-46", "HTT-81", "ATK-1")]
    public async Task Blank_names_and_passwords_are_623_and_no_guess(string form, string appended)
    {
        var gate = await gates.Delaying;
        var known = $"blank-{Guid.NewGuid():N}";
        await gate.AddAsync(known);

        for (var i = 0; i < 4; i++)
        {
            (await gate.SendAsync(ArRequests.LoginWith(form.Replace("blank-known", known, StringComparison.Ordinal)))).ShouldBe623(appended.Replace("blank-known", known, StringComparison.Ordinal));
        }

        (await gate.LogInAsync(known)).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-46")]
    public async Task A_login_without_any_body_is_623()
    {
        var gate = await gates.Default;

        (await gate.SendAsync("POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).ShouldBe623("\"\"");
        (await gate.SendAsync("POST /api/jwt/login HTTP/1.1\r\nHost: x\r\n\r\n")).ShouldBe623("\"\"");
    }

    [Fact]
    [Contract("ARS-47", "HTT-49", "HTT-51")]
    public async Task Control_characters_are_refused_without_asking_anybody()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("controls");
        foreach (var control in (string[])["%00", "%0A", "%0D%0A", "%1F", "%7F", "%C2%80", "%C2%9F"])
        {
            (await gate.SendAsync(ArRequests.LoginWith($"username=controls&password=plum+tree+in+the+garden{control}"))).ShouldBe623("\"controls\"");
            (await gate.SendAsync(ArRequests.LoginWith($"username=controls{control}&password=plum+tree+in+the+garden"))).Status.ShouldBe(401);
        }

        (await gate.LogInAsync("controls")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-47", "HTT-51", "HTT-80")]
    public async Task What_is_too_long_is_refused_and_the_answer_is_cut()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("lengths");
        var longName = string.Concat(Enumerable.Repeat("\U0001F511", 257));
        for (var i = 0; i < 4; i++)
        {
            (await gate.LogInAsync("lengths", $"{Gate.Password}{new string('x', 1024)}{i}")).ShouldBe623("\"lengths\"");
            (await gate.LogInAsync(longName)).ShouldBe623($"\"{longName[..512]}\"");
            (await gate.SendAsync(ArRequests.LoginWith($"username=lengths&password=plum+tree+in+the+garden&authString={new string('a', 2049)}"))).ShouldBe623("\"lengths\"");
        }

        (await gate.SendAsync(ArRequests.LoginWith($"username=lengths&password=plum+tree+in+the+garden&authString={new string('a', 2048)}"))).Status.ShouldBe(200);
        (await gate.LogInAsync(longName[..512])).ShouldBe623($"\"{longName[..512]}\"");
    }

    [Theory]
    [InlineData("plum tree in the garden ")]
    [InlineData(" plum tree in the garden")]
    [InlineData("Plum tree in the garden")]
    [InlineData("plum tree in the garde")]
    [InlineData("plum tree in the gardenx")]
    [Contract("ARS-47", "HTT-53", "HTT-80")]
    public async Task A_password_is_compared_whole_and_as_it_is(string password)
    {
        var gate = await gates.Default;
        var name = $"whole-{Guid.NewGuid():N}";
        await gate.AddAsync(name);

        (await gate.LogInAsync(name, password)).ShouldBe623($"\"{name}\"");
    }

    [Fact]
    [Contract("HTT-80")]
    public async Task Passwords_that_differ_after_72_bytes_are_different()
    {
        var gate = await gates.Default;
        var start = string.Concat(Enumerable.Repeat("0123456789ab", 8));
        await gate.AddAsync("long-password", password: start + "x");

        (await gate.LogInAsync("long-password", start + "y")).Status.ShouldBe(401);
        (await gate.LogInAsync("long-password", start + "x")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-48", "ARS-76")]
    public async Task After_a_refusal_the_connection_goes_on()
    {
        var gate = await gates.Default;
        await gate.AddAsync("goes-on");
        await using var client = await gate.ConnectAsync();

        await client.SendAsync(ArRequests.Login("goes-on", "a wrong password"));
        (await client.ReadAnswerAsync()).ShouldBe623("\"goes-on\"");
        await client.SendAsync(ArRequests.Login("goes-on", Gate.Password));
        (await client.ReadAnswerAsync()).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("LOGIN")]
    [Contract("ARS-51", "HTT-17", "HTT-19", "HTT-30")]
    public async Task Other_methods_are_405_and_a_token_stays_as_it_was(string method)
    {
        var gate = await gates.Default;
        var token = await gate.SharedTokenAsync();

        foreach (var path in (string[])["/api/jwt/login", "/api/jwt/logout"])
        {
            var answer = await gate.SendAsync(ArRequests.Request(method, path, [$"Authorization: AR-JWT {token}"], method == "HEAD" ? null : ""));
            answer.Header("Allow").ShouldBe("POST");
            if (method == "HEAD")
            {
                answer.Status.ShouldBe(405);
                continue;
            }

            answer.ShouldBeError(405, 10405, "Method not allowed");
        }

        (await gate.CallAsync(token)).ShouldBeEchoOf("shared");
    }

    [Theory]
    [InlineData("/api/jwt")]
    [InlineData("/api/jwt/")]
    [InlineData("/api/jwt/refresh")]
    [InlineData("/api/jwt/login/x")]
    [InlineData("/api/jwt/login;x")]
    [InlineData("/api/jwt/login%2F")]
    [Contract("ARS-52", "HTT-5", "HTT-7")]
    public async Task Unknown_paths_are_404_with_or_without_token(string path)
    {
        var gate = await gates.Default;
        (await gate.SendAsync(ArRequests.LoginWith("username=a&password=b", target: path))).ShouldBeError(404, 10404, "Not found");
        (await gate.SendAsync(ArRequests.Call(await gate.SharedTokenAsync(), path))).ShouldBeError(404, 10404, "Not found");
    }

    [Theory]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("' OR '1'='1")]
    [InlineData("x'; DROP TABLE account; --")]
    [InlineData("*)(uid=*))(|(uid=*")]
    [InlineData("cn=admin,dc=example,dc=com")]
    [InlineData("$(reboot)`id`|true")]
    [InlineData("%s%n{0}{{}}${7*7}<%= 7*7 %>")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\u202eevil\u2028line\ufeff")]
    [InlineData("../../etc/passwd")]
    [InlineData("\ud83d\udd11")]
    [Contract("ARS-120", "HTT-180", "ATK-12", "ATK-81")]
    public async Task What_is_code_elsewhere_is_text_here(string text)
    {
        var gate = await gates.Default;
        var form = $"username={Uri.EscapeDataString(text)}&password={Uri.EscapeDataString(text)}&authString={Uri.EscapeDataString(text)}&{Uri.EscapeDataString(text)}=1";

        var answer = await gate.SendAsync(ArRequests.LoginWith(form));

        answer.Status.ShouldBe(401);
        System.Text.Json.JsonDocument.Parse(answer.Text).RootElement[0].GetProperty("messageAppendedText").GetString().ShouldBe(text);
    }

    [Theory]
    [InlineData("username=%ED%A0%80&password=%ED%A0%80")]
    [InlineData("username=a%0D%0AX-Injected:%20yes&password=b")]
    [InlineData("username=a%C2%85b&password=b")]
    [InlineData("username=%EF%BF%BE%EF%BF%BF&password=b")]
    [InlineData("%00=%00&username=a%00&password=%00")]
    [Contract("ARS-120", "ATK-81")]
    public async Task Broken_text_is_refused_and_breaks_nothing(string form)
    {
        var answer = await (await gates.Default).SendAsync(ArRequests.LoginWith(form));

        answer.Status.ShouldBe(401);
        answer.Header("X-Injected").ShouldBeNull();
        System.Text.Json.JsonDocument.Parse(answer.Text).RootElement.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    [Contract("HTT-13")]
    public async Task Two_authorization_fields_at_login_are_400()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("doubled-at-login");
        for (var i = 0; i < 4; i++)
        {
            (await gate.SendAsync(ArRequests.Login("doubled-at-login", $"wrong {i}", "Authorization: a", "Authorization: a"))).ShouldBeMalformed("Authorization");
        }

        (await gate.LogInAsync("doubled-at-login")).Status.ShouldBe(200);
    }
}
