using Gatehouse.Core.Passwords;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Passwords;

public sealed class PasswordPolicyTests
{
    private readonly PasswordPolicy _policy = new(new PasswordOptions());

    [Theory]
    [InlineData("", "The password is empty.")]
    [InlineData("                    ", "The password is blank.")]
    [InlineData("fourteen chars", "The password is shorter than 15 characters (Gatehouse:Passwords:MinimumLength).")]
    [InlineData("a control \u0007 character", "The password holds a control character.")]
    [InlineData("another control \u0085 one", "The password holds a control character.")]
    [Contract("HTT-75")]
    public void Fault_names_the_limit(string password, string fault) => _policy.FaultOf(password, "alice").ShouldBe(fault);

    [Fact]
    [Contract("HTT-75")]
    public void Length_counts_code_points_of_the_normal_form_between_minimum_and_128()
    {
        var emoji = Enumerable.Range(0, 129).Select(i => char.ConvertFromUtf32(0x1F600 + (i % 40))).ToArray();

        _policy.FaultOf(string.Concat(emoji.Take(14)), "alice").ShouldNotBeNull().ShouldContain("15");
        _policy.FaultOf(string.Concat(emoji.Take(15)), "alice").ShouldBeNull();
        _policy.FaultOf(string.Concat(emoji.Take(128)), "alice").ShouldBeNull();
        _policy.FaultOf(string.Concat(emoji), "alice").ShouldBe("The password is longer than 128 characters.");
        _policy.FaultOf("a\u0308bcdefghijklmn", "alice").ShouldNotBeNull("15 code points as typed, 14 in normal form C");
    }

    [Fact]
    [Contract("HTT-75")]
    public void Minimum_is_the_one_of_the_options()
    {
        var policy = new PasswordPolicy(new PasswordOptions { MinimumLength = 8 });

        policy.FaultOf("seven77", "alice").ShouldNotBeNull().ShouldContain("8 characters");
        policy.FaultOf("eight888", "alice").ShouldBeNull();
    }

    [Theory]
    [InlineData("passwordpassword")]
    [InlineData("PasswordPASSWORD")]
    [InlineData("123456789012345")]
    [InlineData("1234567890123456")]
    [InlineData("qwertyuiopasdfgh")]
    [InlineData("iloveyouiloveyou")]
    [InlineData("administrator123")]
    [InlineData("alicealicealice")]
    [InlineData("AliceALICEalicealice")]
    [InlineData("gatehousegatehouse")]
    [InlineData("zzzzzzzzzzzzzzz")]
    [InlineData("zZzZzZzZzZzZzZz")]
    [InlineData("\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600")]
    [Contract("HTT-76")]
    public void Known_password_is_refused_in_any_letter_case(string password) =>
        _policy.FaultOf(password, "Alice").ShouldBe("The password is a known password; choose another one.");

    [Fact]
    [Contract("HTT-76")]
    public async Task Blocklist_of_the_operator_is_refused_too()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("blocklist"), "our company name 1\r\n\r\nÜber allen Gipfeln\n");
        var policy = new PasswordPolicy(new PasswordOptions { Blocklist = directory.File("blocklist") });

        policy.FaultOf("Our Company Name 1", "alice").ShouldNotBeNull();
        policy.FaultOf("U\u0308BER ALLEN GIPFELN", "alice").ShouldNotBeNull();
        policy.FaultOf("our company name 12", "alice").ShouldBeNull();
    }

    [Fact]
    public void Blocklist_that_cannot_be_read_is_an_error()
    {
        using var directory = new TemporaryDirectory();

        Should.Throw<IOException>(() => new PasswordPolicy(new PasswordOptions { Blocklist = directory.File("missing") }));
    }

    [Theory]
    [InlineData("only small letters in here")]
    [InlineData("73950284617395028461")]
    [InlineData("ein schöner langer Satz")]
    [InlineData("алиса в стране чудес")]
    [InlineData(" blanks at both ends ")]
    [InlineData("alicealicealicex")]
    [Contract("HTT-77")]
    public void Anything_else_is_accepted(string password) => _policy.FaultOf(password, "alice").ShouldBeNull();

    [Fact]
    public void Password_that_is_no_valid_Unicode_is_refused() => _policy.FaultOf("fifteen characters \uD800", "alice").ShouldBe("The password is not valid Unicode.");
}
