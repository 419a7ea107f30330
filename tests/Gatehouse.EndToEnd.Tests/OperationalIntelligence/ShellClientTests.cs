using System.Diagnostics;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Shell scripts as they are out there: curl, openssl, grep and awk.</summary>
public sealed class ShellClientTests(OiGates gates)
{
    [Fact]
    [Contract("OI-11", "OI-15", "OI-41", "OI-71", "OI-72", "OI-90")]
    public async Task Script_signs_in_calls_and_signs_in_again_when_it_must()
    {
        var gate = await gates.Default;
        await gate.AddAsync("scripted", password: "it costs 100% more @ night!");
        var output = await ShellAsync($$"""
            set -e
            BASE={{gate.Server.Http.ToString().TrimEnd('/')}}
            ORG=DEFAULTORG
            signin() {
              curl -s "$BASE/ess/security/v1/token?client_txn_id=$$" \
                -H "Authorization: Basic $(echo $ORG | openssl enc -base64)" -H 'Accept-Language: es' -H 'Cache-Control: no-cache' \
                -d 'grant_type=PASSWORD&username=scripted&password=it costs 100% more @ night!' > answer
              TKN=$(grep '"tkn"' answer | awk -F'"' '{print $4}')
              RTKN=$(grep rtkn answer | cut -d: -f2 | tr -d ' ",')
              V=$(grep '"v"' answer | sed 's/[^0-9]//g')
            }
            call() { curl -s -o body -w '%{http_code}\n' "$BASE/mdo/v2/aoanalytics/app" -H "Authorization: Bearer $(echo "{\"tkn\":\"$TKN\",\"all\":true}" | openssl enc -base64 -A)"; }
            signin; echo "$V"; call
            curl -s "$BASE/ess/security/v1/token" -H "Authorization: Basic REVGQVVMVE9SRw==" -d grant_type=REFRESH_TOKEN -d refresh_token=$RTKN > refreshed
            call; grep -c 'Invalid authentication token' body
            signin; call; grep -o '"user":"[a-z]*"' body
            """);

        output.ShouldBe("1800\n200\n401\n1\n200\n\"user\":\"scripted\"\n");
    }

    /// <summary>Runs a script in a directory of its own and returns what it printed.</summary>
    internal static async Task<string> ShellAsync(string script)
    {
        using var directory = new TemporaryDirectory();
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", script])
        {
            WorkingDirectory = directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, await errors);
        return await output;
    }
}
