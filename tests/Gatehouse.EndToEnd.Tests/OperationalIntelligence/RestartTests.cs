using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

public sealed class RestartTests
{
    [Fact]
    [Contract("OI-56", "OI-43", "OI-61", "OI-112", "OI-120", "HTT-107", "HTT-113")]
    public async Task Family_goes_on_after_a_power_cut_in_its_middle()
    {
        using var directory = new TemporaryDirectory();
        var data = directory.File("data");
        OiTokens first, second, other;
        await using (var gate = await OiGate.StartOnAsync(data))
        {
            // The tenant DEFAULTORG with admin as its member is there from the start.
            var signIn = OiRequests.SignIn("admin", gate.Server.AdminPassword);
            first = OiGate.Tokens(await gate.SendAsync(signIn));
            other = OiGate.Tokens(await gate.SendAsync(signIn));
            second = OiGate.Tokens(await gate.RefreshAsync(first.Rtkn));
            await gate.Server.KillAsync();
        }

        await using (var gate = await OiGate.StartOnAsync(data))
        {
            (await gate.CallAsync(second.Tkn)).ShouldBe(200);
            (await gate.CallAsync(other.Tkn)).ShouldBe(200);
            await RefreshTests.InvalidAsync(gate, first.Tkn);

            // Within the grace, the successor can still be opened, by who holds the predecessor.
            var again = OiGate.Tokens(await gate.RefreshAsync(first.Rtkn));
            again.Tkn.ShouldBe(second.Tkn);
            again.UserRefId.ShouldNotBeOneOf(first.UserRefId, second.UserRefId, other.UserRefId);
            var third = OiGate.Tokens(await gate.RefreshAsync(second.Rtkn));
            await gate.Server.KillAsync();
            await using var next = await OiGate.StartOnAsync(data);

            await RefreshTests.RefusedAsync(next, first.Rtkn);
            await RefreshTests.InvalidAsync(next, third.Tkn);
            (await next.CallAsync(other.Tkn)).ShouldBe(200);
            await NothingIsInTheClearAsync(data, next.Server.Log, first, second, third, other);
        }
    }

    private static async Task NothingIsInTheClearAsync(string data, string log, params OiTokens[] families)
    {
        var files = await Task.WhenAll(Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Select(async file =>
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            return await reader.ReadToEndAsync();
        }));
        foreach (var token in families.SelectMany(family => new[] { family.Tkn, family.Rtkn }))
        {
            log.ShouldNotContain(token);
            files.ShouldAllBe(text => !text.Contains(token, StringComparison.Ordinal));
        }
    }
}
