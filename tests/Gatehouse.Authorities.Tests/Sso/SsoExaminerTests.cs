using Gatehouse.Authorities.Sso;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Operator;
using Gatehouse.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Sso;

public sealed class SsoExaminerTests
{
    [Fact]
    public async Task ExamineAsync_real_provider_that_is_right_has_no_fault()
    {
        await using var provider = await OidcProvider.StartAsync();

        var findings = await ExamineAsync(OptionsOf(provider));

        findings.ShouldAllBe(finding => finding.Level == FindingLevel.Good);
        findings.Select(finding => finding.Subject).ShouldBe(["certificate", "discovery", "clock", "keys", "client", "password grant"]);
    }

    [Fact]
    public async Task ExamineAsync_names_a_wrong_secret_and_a_grant_that_is_not_allowed()
    {
        await using var provider = await OidcProvider.StartAsync(revocation: false);

        var wrongSecret = await ExamineAsync(OptionsOf(provider, options => options.ClientSecret = "wrong"));
        FaultsOf(wrongSecret).ShouldBe(["client", "password grant"]);
        wrongSecret.Single(finding => finding.Subject == "revocation").Level.ShouldBe(FindingLevel.Warning);
        wrongSecret.ShouldAllBe(finding => !finding.Message.Contains("wrong", StringComparison.Ordinal));

        FaultsOf(await ExamineAsync(OptionsOf(provider, options => options.Algorithms = ["ES256"]))).ShouldBe(["keys"]);
    }

    [Theory]
    [InlineData("unauthorized_client")]
    [InlineData("unsupported_grant_type")]
    [InlineData("invalid_client")]
    public async Task ExamineAsync_names_a_grant_that_this_client_may_not_use(string error)
    {
        await using var sso = await CrookedSso.StartAsync();
        sso.Answers["/token"] = context => CrookedSso.JsonAsync(context, 400, $$"""{"error":"{{error}}"}""");
        FaultsOf(await ExamineAsync(sso.Options())).ShouldBe(["password grant"]);
    }

    [Fact]
    public async Task ExamineAsync_names_certificate_issuer_and_clock()
    {
        await using var sso = await CrookedSso.StartAsync("other.example");
        FaultsOf(await ExamineAsync(sso.Options())).ShouldBe(["certificate", "discovery"]);

        await using var soon = await CrookedSso.StartAsync(until: DateTimeOffset.UtcNow.AddDays(3));
        (await ExamineAsync(soon.Options())).Single(finding => finding.Subject == "certificate").Level.ShouldBe(FindingLevel.Warning);
        FaultsOf(await ExamineAsync(soon.Options(options => options.IssuerText += "/"))).ShouldBe(["discovery"]);
        FaultsOf(await ExamineAsync(soon.Options(), new ManualClock(DateTimeOffset.UtcNow.AddMinutes(-10)))).ShouldBe(["clock"]);
    }

    private static IEnumerable<string> FaultsOf(IReadOnlyList<Finding> findings) => findings.Where(finding => finding.Level == FindingLevel.Fault).Select(finding => finding.Subject);

    private static SsoOptions OptionsOf(OidcProvider provider, Action<SsoOptions>? change = null)
    {
        var options = new SsoOptions { Issuer = provider.Issuer, IssuerText = provider.IssuerText, ClientId = OidcProvider.ClientId, ClientSecret = OidcProvider.Secret };
        options.Authorities.ImportFromPemFile(provider.CaFile);
        change?.Invoke(options);
        return options;
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(SsoOptions options, TimeProvider? clock = null)
    {
        using var authority = new SsoAuthority("corp", options, clock ?? TimeProvider.System, NullLogger<SsoAuthority>.Instance);
        return await new SsoExaminer(authority, clock ?? TimeProvider.System).ExamineAsync(default);
    }
}
