using System.Diagnostics;
using Gatehouse.Testing;
using Shouldly;
using static Gatehouse.EndToEnd.Tests.ProactiveNet.ProactiveNetDesk;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

/// <summary>The clients that this dialect really has: shell scripts that cut the token out of the text.</summary>
[Collection(ProactiveNetCollection.Name)]
public sealed class ShellTests(ProactiveNetServer shared)
{
    private ProactiveNetDesk Desk => shared.Desk;

    [Theory]
    [Contract("PN-10", "PN-12", "PN-14", "PN-46")]
    [InlineData("grep -o '\"authToken\" *: *\"[^\"]*\"' | cut -d'\"' -f4")]
    [InlineData("sed 's/.*\"authToken\":\"\\([^\"]*\\)\".*/\\1/'")]
    [InlineData("awk -F'\"authToken\":\"' '{print $2}' | awk -F'\"' '{print $1}'")]
    [InlineData("tr ',' '\\n' | awk -F'\"' '/authToken/ {print $4}'")]
    [InlineData("jq -r .response.authToken")]
    [InlineData("python3 -c 'import json,sys; print(json.load(sys.stdin)[\"response\"][\"authToken\"])'")]
    public async Task Script_cuts_the_token_out_and_uses_it(string cut)
    {
        var name = "pn-shell-" + cut.GetHashCode(StringComparison.Ordinal);
        await Desk.AddAsync(name);
        var (output, exitCode) = await RunAsync($"""
            set -e
            BASE={Desk.Server.Http.ToString().TrimEnd('/')}
            TOKEN=$(curl -s -f -d 'username={name}&password={Password.Replace(' ', '+')}' $BASE{LoginPath} | {cut})
            curl -s -f -H "authorization: authtoken $TOKEN" "$BASE/bppmws/api/Event/create?routingId=cell" -d @- <<< '[]'
            echo
            curl -s -f -X POST -H "authorization: authtoken $TOKEN" $BASE{LogoutPath}
            echo
            curl -s -o /dev/null -w '%{"{http_code}"}' -H "authorization: authtoken $TOKEN" $BASE{DevicePath}
            """);
        exitCode.ShouldBe(0, output);
        var lines = output.Split('\n');
        lines[0].ShouldStartWith($$"""{"user":"{{name}}","dialect":"proactivenet","method":"authtoken",""");
        lines[1].ShouldStartWith("""{"response":{"status":"OK","authPassed":true},"statusCode":"200","statusMsg":"OK",""");
        lines[2].ShouldBe("401");
    }

    [Fact]
    [Contract("PN-55", "PN-57", "PN-115")]
    public async Task Script_makes_the_base64_format_with_printf_and_not_with_echo()
    {
        await Desk.AddAsync("pn-shell64");
        var (output, exitCode) = await RunAsync($"""
            for say in "printf %s" echo; do
              curl -sk -o /dev/null -w '%{"{http_code}"} ' -H "Authorization: authtoken $($say 'pn-shell64:{Password}' | base64)" {Desk.Server.Https.ToString().TrimEnd('/')}{DevicePath}
            done
            """);
        exitCode.ShouldBe(0);
        output.ShouldBe("200 401 ");
    }

    [Fact]
    [Contract("PN-84", "PN-86", "PN-88")]
    public async Task Script_of_the_later_front_server_logs_in_validates_and_logs_out()
    {
        await Desk.AddAsync("pn-shell-front");
        var (output, exitCode) = await RunAsync($$"""
            set -e
            BASE={{Desk.Server.Http.ToString().TrimEnd('/')}}/tsws
            TOKEN=$(curl -s -f -X POST -H 'Content-Type: application/json' -d '{"username":"pn-shell-front","password":"{{Password}}","tenantName":"*"}' $BASE/api/v10.1/token | jq -r .response.authToken)
            curl -s -f -H 'Content-Type: application/json' -H "authToken: authToken $TOKEN" -H 'getTokenDetails: true' $BASE/api/v10.1/token | jq -r .response.username
            curl -s -f -d "authToken=$TOKEN" $BASE/10.0/api/authenticate/logout | jq -r .statusMsg
            curl -s -H "authToken: authToken $TOKEN" $BASE/api/v10.1/token | jq -r .statusMsg
            """);
        exitCode.ShouldBe(0, output);
        output.ShouldBe("pn-shell-front\nOK\nInvalid/expired token\n");
    }

    internal static async Task<(string Output, int ExitCode)> RunAsync(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (output, process.ExitCode);
    }
}
