using Gatehouse.Authorities.Ldap;
using Gatehouse.Authorities.Tests.Servers;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Ldap;

/// <summary>A directory that answers something else than what was asked, and one that says why not.</summary>
public sealed class LyingDirectoryTests
{
    private const string Service = "cn=search,dc=example,dc=org";
    private static readonly FakeEntry Alice = new("uid=alice,ou=people,dc=example,dc=org", ("uid", "alice"), ("entryUUID", "4f0c4c1e-0000-1000-8000-000000000001"));

    public static TheoryData<string, string[]> Lies => new()
    {
        { "two entries", ["uid=alice,ou=people,dc=example,dc=org|alice", "uid=alice,ou=more,ou=people,dc=example,dc=org|alice"] },
        { "another base", ["uid=alice,ou=machines,dc=example,dc=org|alice"] },
        { "another base that ends alike", ["uid=alice,xou=people,dc=example,dc=org|alice"] },
        { "the base itself", ["ou=people,dc=example,dc=org|alice"] },
        { "the base as an escaped part of a value", ["uid=alice\\,ou=people\\,dc=example\\,dc=org|alice"] },
        { "another name", ["uid=bob,ou=people,dc=example,dc=org|bob"] },
        { "no name", ["uid=alice,ou=people,dc=example,dc=org"] },
        { "two names", ["cn=x,ou=people,dc=example,dc=org|alice|bob"] },
        { "no DN", ["|alice"] },
        { "broken DN", ["alice|alice"] },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    [Contract("ATK-73")]
    public async Task Somebody_else_than_who_was_asked_for_is_nobody_and_is_never_bound_as(string lie, string[] entries)
    {
        await using var directory = new FakeDirectory
        {
            Entries = [.. entries.Select(entry => entry.Split('|')).Select(parts => new FakeEntry(parts[0], [.. parts[1..].Select(name => ("uid", name))]))],
        };
        await using var corp = Open(directory);

        (await corp.FindAsync("alice", "alice", CancellationToken.None)).State.ShouldBe(PersonState.Unknown, lie);
        (await corp.AskAsync("alice", "password")).Decision.ShouldBe(AuthorityDecision.Wrong, lie);
        directory.Bound.ShouldAllBe(dn => dn == Service);
    }

    [Fact]
    public async Task The_truth_is_believed()
    {
        await using var directory = new FakeDirectory { Entries = [Alice with { Dn = "UID=Alice , OU=People,DC=EXAMPLE,dc=org" }] };
        await using var corp = Open(directory);

        (await corp.AskAsync("alice", "password")).Person!.Name.ShouldBe("alice");
        directory.Bound.ShouldContain("UID=Alice , OU=People,DC=EXAMPLE,dc=org");
    }

    [Theory]
    [InlineData(51)]
    [InlineData(52)]
    [InlineData(10)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(80)]
    [Contract("ATK-70", "HTT-99")]
    public async Task Busy_and_referrals_and_errors_are_outages_in_a_search_and_in_a_bind(int code)
    {
        await using var directory = new FakeDirectory { Entries = [Alice], SearchCode = code };
        await using var corp = Open(directory);
        (await corp.AskAsync("alice", "password")).Decision.ShouldBe(AuthorityDecision.Unavailable);
        (await corp.FindAsync("alice", "alice", CancellationToken.None)).State.ShouldBe(PersonState.Unavailable);

        directory.SearchCode = 0;
        directory.Bind = dn => (dn == Service ? 0 : code, "");
        await using var again = Open(directory);
        (await again.AskAsync("alice", "password")).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    [Theory]
    [InlineData("52e", AuditReasons.BadCredentials)]
    [InlineData("525", AuditReasons.UnknownAccount)]
    [InlineData("530", AuditReasons.Disabled)]
    [InlineData("531", AuditReasons.Disabled)]
    [InlineData("532", AuditReasons.MustChange)]
    [InlineData("533", AuditReasons.Disabled)]
    [InlineData("701", AuditReasons.Expired)]
    [InlineData("773", AuditReasons.MustChange)]
    [InlineData("775", AuditReasons.Locked)]
    [InlineData("fff", AuditReasons.BadCredentials)]
    public async Task The_domains_own_codes_become_reasons(string data, string reason)
    {
        await using var directory = new FakeDirectory
        {
            Entries = [Alice],
            Bind = dn => dn == Service ? (0, "") : (49, $"80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data {data}, v4563\0"),
        };
        await using var corp = Open(directory);

        var answer = await corp.AskAsync("alice", "password");

        answer.Decision.ShouldBe(AuthorityDecision.Wrong);
        answer.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 0x84, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x30, 0x80, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x05 })]
    [InlineData(new byte[] { 0x48, 0x54, 0x54, 0x50 })]
    [InlineData(new byte[] { 0x30, 0x05, 0x02, 0x01, 0x05, 0x60, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x05, 0x02, 0x01, 0x00, 0x78, 0x00 })]
    [Contract("ATK-70")]
    public async Task What_is_no_answer_is_an_outage(byte[] garbage)
    {
        await using var directory = new FakeDirectory { Garbage = garbage };
        await using var corp = Open(directory);

        (await corp.AskAsync("alice", "password")).Decision.ShouldBe(AuthorityDecision.Unavailable);
    }

    private static LdapAuthority Open(FakeDirectory directory) => Directories.Open(
        ("Servers:0", directory.Address), ("StartTls", "false"), ("AllowPlainLoopback", "true"), ("BaseDn", "ou=people,dc=example,dc=org"), ("BindDn", Service), ("BindPassword", "x"),
        ("OperationTimeoutSeconds", "2"));
}
