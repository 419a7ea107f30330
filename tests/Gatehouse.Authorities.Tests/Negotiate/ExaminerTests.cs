using Gatehouse.Authorities.Negotiate;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Operator;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Negotiate;

public sealed class ExaminerTests(Gates gates)
{
    [Fact]
    public async Task A_keytab_is_read_with_its_principals_and_versions()
    {
        var kdc = await gates.KdcAsync();
        var entries = Keytab.Read(kdc.Keytab).ShouldNotBeNull();
        entries.Select(entry => $"{entry.Principal}@{entry.Realm} {entry.Version}").Distinct().ShouldBe(["HTTP/localhost@EXAMPLE.TEST 2", "host/localhost@EXAMPLE.TEST 2"]);
        entries.ShouldAllBe(entry => entry.EncryptionType == 17 || entry.EncryptionType == 18);
    }

    [Fact]
    public async Task A_broken_keytab_is_no_keytab_and_never_a_fault()
    {
        var kdc = await gates.KdcAsync();
        var whole = await File.ReadAllBytesAsync(kdc.Keytab);
        using var directory = new TemporaryDirectory();
        var file = directory.File("keytab");
        for (var length = 0; length < whole.Length; length += 7)
        {
            await File.WriteAllBytesAsync(file, whole[..length]);
            Should.NotThrow(() => Keytab.Read(file));
        }

        Keytab.Read(kdc.Configuration).ShouldBeNull();
    }

    [Theory]
    [InlineData(null, "is not there", "docs/authorities/kerberos.md")]
    [InlineData("nothing", "is no keytab", "Make it again")]
    [InlineData("\u0005\u0002", "has no key of HTTP/<host>", "HTTP/<host name that callers use>")]
    public async Task What_is_wrong_with_a_keytab_is_said_with_its_remedy(string? content, string message, string remedy)
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("keytab");
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        var finding = (await new NegotiateExaminer(new NegotiateOptions { Keytab = file }).ExamineAsync(CancellationToken.None))[0];
        finding.Level.ShouldBe(FindingLevel.Fault);
        finding.Message.ShouldContain(message);
        finding.Remedy!.ShouldContain(remedy);
    }

    [Fact]
    public async Task A_service_principal_that_the_keytab_does_not_have_is_a_fault()
    {
        var kdc = await gates.KdcAsync();
        var options = new NegotiateOptions { Keytab = kdc.Keytab, ServicePrincipal = "HTTP/another.example" };
        var finding = (await new NegotiateExaminer(options).ExamineAsync(CancellationToken.None))[0];
        finding.Level.ShouldBe(FindingLevel.Fault);
        finding.Message.ShouldContain("HTTP/another.example");
    }

    [Fact]
    public async Task A_ticket_for_ourselves_shows_a_key_that_fits_and_one_that_does_not()
    {
        var kdc = await gates.KdcAsync();
        using var directory = new TemporaryDirectory();
        var keytab = directory.File("keytab");
        await kdc.RunAsync("kadmin.local", "-r", KdcServer.Realm, "-q", "addprinc -randkey HTTP/doctor");
        await kdc.RunAsync("kadmin.local", "-r", KdcServer.Realm, "-q", $"ktadd -k {keytab} HTTP/doctor");
        Gss.SetVariable("KRB5_CONFIG", kdc.Configuration, overwrite: 1).ShouldBe(0);
        GssEnvironment.Apply(new NegotiateOptions { Keytab = kdc.Keytab });
        TicketForOurselves.Try($"HTTP/localhost@{KdcServer.Realm}", kdc.Keytab).Level.ShouldBe(FindingLevel.Good);

        await kdc.RunAsync("kadmin.local", "-r", KdcServer.Realm, "-q", "cpw -randkey HTTP/doctor");
        var finding = TicketForOurselves.Try($"HTTP/doctor@{KdcServer.Realm}", keytab);
        finding.Level.ShouldBe(FindingLevel.Fault);
        finding.Subject.ShouldBe("key", finding.Message);
        finding.Remedy!.ShouldContain("export it anew");

        TicketForOurselves.Try("HTTP/nobody@NOWHERE.TEST", keytab).Level.ShouldNotBe(FindingLevel.Good);
    }
}
