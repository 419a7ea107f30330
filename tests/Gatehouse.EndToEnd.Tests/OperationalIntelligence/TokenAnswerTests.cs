using System.Text.RegularExpressions;
using Gatehouse.Core.Accounts;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>The answer of the token endpoint, and <c>/me</c> (contract sections 3 and 8).</summary>
public sealed partial class TokenAnswerTests(OiGates gates)
{
    [Fact]
    [Contract("OI-40", "OI-41", "OI-43", "OI-44", "OI-45", "OI-46", "OI-47", "OI-48", "OI-123")]
    public async Task Answer_has_seven_members_one_a_line()
    {
        var gate = await gates.Default;
        await gate.AddAsync("answered");

        foreach (var request in new[] { OiRequests.SignIn("answered"), OiRequests.Refresh((await gate.SignInAsync("answered")).Rtkn) })
        {
            var answer = await gate.SendAsync(request);
            Layout().IsMatch(answer.Text).ShouldBeTrue(answer.Text);
            answer.Header("Content-Type").ShouldBe("application/json");
            answer.Header("Cache-Control").ShouldBe("no-store");
            answer.Header("Pragma").ShouldBe("no-cache");
            answer.Header("Set-Cookie").ShouldBeNull();
            answer.Header("Server").ShouldBeNull();
            answer.Text.Split('\n').Count(line => line.Contains("tkn", StringComparison.Ordinal)).ShouldBe(2);
        }
    }

    [Fact]
    [Contract("OI-42", "OI-48")]
    public async Task Strings_are_escaped_no_more_than_they_must_be()
    {
        var gate = await gates.Default;
        await gate.TenantAsync("escaping \"org\" <&'+@é>", "co\"hort <&'+@é>");
        await gate.AddAsync("escaped <&'+@é>\"", tenants: "escaping \"org\" <&'+@é>");
        await gate.SignInAsync("escaped <&'+@é>\"", OiRequests.Tenant("escaping \"org\" <&'+@é>"));
        var answer = await gate.SendAsync(OiRequests.SignIn("escaped <&'+@é>\"", authorization: OiRequests.Tenant("escaping \"org\" <&'+@é>")));

        answer.Text.ShouldContain("  \"userCohort\": \"co\\\"hort <&'+@é>\"\n");
        var me = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(OiGate.Tokens(answer).Tkn), "/ess/security/v1/me"));
        me.Text.ShouldContain("  \"username\": \"escaped <&'+@é>\\\"\",\n");
        me.Text.ShouldContain("  \"tenants\": [\n    \"escaping \\\"org\\\" <&'+@é>\"\n  ]\n}");
    }

    [Fact]
    [Contract("OI-49", "OI-43", "OI-44", "OI-48", "ATK-14", "HTT-106")]
    public async Task Every_sign_in_is_a_family_of_its_own_and_earlier_ones_live_on()
    {
        var gate = await gates.Default;
        await gate.AddAsync("again");
        await gate.SignInAsync("again");

        var all = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => gate.SignInAsync("again")));

        all.SelectMany(tokens => new[] { tokens.Tkn, tokens.Rtkn }).Distinct(StringComparer.Ordinal).Count().ShouldBe(80);
        all.Select(tokens => tokens.UserRefId).Distinct().Count().ShouldBe(40);
        all.ShouldAllBe(tokens => tokens.UserRefId > 0 && tokens.UserRefId <= (1L << 53) - 1 && tokens.Cohort == all[0].Cohort);
        foreach (var tokens in all)
        {
            (await gate.CallAsync(tokens.Tkn)).ShouldBe(200);
        }

        // All 32 digits are random: a fixed version or variant would keep one of them from varying.
        Enumerable.Range(0, 32).ShouldAllBe(i => all.Select(tokens => tokens.Tkn.Replace("-", "", StringComparison.Ordinal)[i]).Distinct().Count() > 4);
    }

    [Fact]
    [Contract("OI-2", "OI-4", "HTT-18")]
    public async Task Me_says_what_the_request_covers()
    {
        var gate = await gates.Default;
        await gate.TenantAsync("me-org", "ME-ORG-ID");
        await gate.AddAsync("myself", Roles.Global, OiGate.Password, "me-org");
        await gate.SignInAsync("myself", OiRequests.Tenant("me-org"));
        var tokens = OiGate.Tokens(await gate.SendAsync(OiRequests.SignIn("myself", authorization: OiRequests.Tenant("ME-ORG"), headers: "Accept-Language: ja")));

        (await MeAsync("")).ShouldBe(Expected("tenant", "[\n    \"me-org\"\n  ]"));
        (await MeAsync("\"t\":\"defaultorg\"")).ShouldBe(Expected("tenant", "[\n    \"DEFAULTORG\"\n  ]"));
        (await MeAsync("\"all\":true")).ShouldBe(Expected("all", "[\n    \"DEFAULTORG\",\n    \"me-org\"\n  ]"));
        (await MeAsync("\"global\":true")).ShouldBe(Expected("global", "[]"));

        var head = await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(tokens.Tkn), "/ess/security/v1/me", "HEAD"));
        head.Status.ShouldBe(200);
        head.Header("Content-Length").ShouldBe(Expected("tenant", "[\n    \"me-org\"\n  ]").Length.ToString(System.Globalization.CultureInfo.InvariantCulture));

        string Expected(string scope, string tenants) =>
            $"{{\n  \"userRefID\": {tokens.UserRefId},\n  \"username\": \"myself\",\n  \"lc\": \"ja\",\n  \"v\": 1800,\n  \"userCohort\": \"ME-ORG-ID\",\n  \"tenant\": \"me-org\",\n  \"scope\": \"{scope}\",\n  \"tenants\": {tenants}\n}}";

        async Task<string> MeAsync(string scope) => (await gate.SendAsync(OiRequests.Call(OiRequests.Bearer(tokens.Tkn, scope), "/ess/security/v1/me"))).Text;
    }

    [GeneratedRegex(
        """\A\{\n  "userRefID": [1-9][0-9]*,\n  "tkn": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",\n  "tt": "Bearer",\n  "v": 1800,\n  "rtkn": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",\n  "lc": "en_US",\n  "userCohort": "[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"\n\}\z""")]
    private static partial Regex Layout();
}
