using System.Security.Cryptography;
using System.Text;
using Gatehouse.Core.Passwords;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Passwords;

public sealed class PasswordHashTests
{
    private const int Rounds = 1000;

    [Fact]
    [Contract("HTT-82")]
    public void Hash_is_a_PHC_string_of_PBKDF2_with_16_bytes_of_salt()
    {
        var phc = PasswordHash.Create("correct horse", Rounds);

        phc.ShouldMatch(@"^\$pbkdf2-sha512\$i=1000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{86}$");
        var parts = phc.Split('$');
        var expected = Rfc2898DeriveBytes.Pbkdf2("correct horse"u8, Convert.FromBase64String(parts[3] + "=="), Rounds, HashAlgorithmName.SHA512, 64);
        Convert.FromBase64String(parts[4] + "==").ShouldBe(expected);
    }

    [Fact]
    public void Hash_verifies_its_own_password_only()
    {
        var phc = PasswordHash.Create("correct horse", Rounds);

        PasswordHash.Verify(phc, "correct horse").ShouldBeTrue();
        PasswordHash.Verify(phc, "Correct horse").ShouldBeFalse();
        PasswordHash.Verify(phc, "correct horse ").ShouldBeFalse();
        PasswordHash.Verify(phc, "").ShouldBeFalse();
    }

    [Fact]
    public void Hashes_of_one_password_differ() => PasswordHash.Create("correct horse", 1).ShouldNotBe(PasswordHash.Create("correct horse", 1));

    [Fact]
    [Contract("HTT-80")]
    public void Passwords_that_differ_after_72_bytes_are_different()
    {
        var beginning = new string('x', 72);
        var phc = PasswordHash.Create(beginning + "a", Rounds);

        PasswordHash.Verify(phc, beginning + "b").ShouldBeFalse();
        PasswordHash.Verify(phc, beginning).ShouldBeFalse();
        PasswordHash.Verify(phc, beginning + "a").ShouldBeTrue();
    }

    [Theory]
    [InlineData("$pbkdf2-sha512$i=210000$AAAA$", 210000)]
    [InlineData("$pbkdf2-sha512$i=1$AAAA$", 1)]
    public void Rounds_are_read_from_the_hash(string beginning, int rounds) => PasswordHash.RoundsOf(beginning + new string('A', 86)).ShouldBe(rounds);

    [Theory]
    [InlineData("")]
    [InlineData("correct horse")]
    [InlineData("$pbkdf2-sha512$i=0$AAAA$HASH")]
    [InlineData("$pbkdf2-sha512$i=-5$AAAA$HASH")]
    [InlineData("$pbkdf2-sha512$i=10000001$AAAA$HASH")]
    [InlineData("$pbkdf2-sha512$i=99999999999$AAAA$HASH")]
    [InlineData("$pbkdf2-sha512$i=1e3$AAAA$HASH")]
    [InlineData("$pbkdf2-sha512$i=1000$A*AA$HASH")]
    [InlineData("$pbkdf2-sha512$i=1000$AAAA$")]
    [InlineData("$pbkdf2-sha512$i=1000$AAAA$AAAA")]
    [InlineData("$pbkdf2-sha512$i=1000$AAAA$HASH$AAAA")]
    [InlineData("$pbkdf2-sha512$i=1000$HASH")]
    [InlineData("$pbkdf2-sha256$i=1000$AAAA$HASH")]
    [InlineData("$PBKDF2-sha512$i=1000$AAAA$HASH")]
    public void Text_of_another_form_verifies_nothing_and_has_no_rounds(string template)
    {
        var phc = template.Replace("HASH", new string('A', 86), StringComparison.Ordinal);

        PasswordHash.Verify(phc, "correct horse").ShouldBeFalse();
        PasswordHash.RoundsOf(phc).ShouldBe(0);
    }

    [Fact]
    public void Hash_that_was_cut_off_verifies_nothing()
    {
        var phc = PasswordHash.Create("correct horse", Rounds);
        var hash = phc[(phc.LastIndexOf('$') + 1)..];

        PasswordHash.Verify(phc[..^1] + (phc[^1] == 'A' ? 'Q' : 'A'), "correct horse").ShouldBeFalse();
        PasswordHash.Verify(phc[..^hash.Length] + hash[..20], "correct horse").ShouldBeFalse();
    }

    [Fact]
    public void Password_in_UTF8_is_what_is_hashed()
    {
        var phc = PasswordHash.Create("pässwörd", Rounds);
        var parts = phc.Split('$');

        var expected = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes("pässwörd"), Convert.FromBase64String(parts[3] + "=="), Rounds, HashAlgorithmName.SHA512, 64);

        Convert.FromBase64String(parts[4] + "==").ShouldBe(expected);
    }
}
