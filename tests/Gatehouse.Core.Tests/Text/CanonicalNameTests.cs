using Gatehouse.Core.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Text;

public sealed class CanonicalNameTests
{
    [Theory]
    [InlineData("alice", "ALICE")]
    [InlineData("alice", "  Alice\t")]
    [InlineData("\u00E4lice", "a\u0308lice")]
    [InlineData("\u00E4lice", "\u00C4LICE")]
    [InlineData("\u00E4lice", "A\u0308lice")]
    [InlineData("\u03C3\u03BF\u03C6\u03CC\u03C2", "\u03A3\u039F\u03A6\u038C\u03A3")]
    [InlineData("\u03C2", "\u03C3")]
    [InlineData("sam", "\u017Fam")]
    [InlineData("kelvin", "\u212Aelvin")]
    [InlineData("\u10D0", "\u10D0")]
    [InlineData("\uD801\uDC28", "\uD801\uDC00")]
    [Contract("HTT-72", "HTT-74")]
    public void Names_that_differ_in_case_form_or_outer_blanks_have_one_key(string one, string other) =>
        CanonicalName.KeyOf(one).ShouldBe(CanonicalName.KeyOf(other));

    [Theory]
    [InlineData("alice", "alicе")]
    [InlineData("a b", "ab")]
    [InlineData("resume", "r\u00E9sum\u00E9")]
    [InlineData("\uFB03", "ffi")]
    [InlineData("alice", "alice\u200B")]
    [InlineData("DOMAIN\\alice", "alice")]
    public void Names_that_differ_otherwise_have_different_keys(string one, string other) =>
        CanonicalName.KeyOf(one).ShouldNotBe(CanonicalName.KeyOf(other));

    [Fact]
    [Contract("HTT-73")]
    public void Exact_form_keeps_the_letter_case_in_normal_form_C()
    {
        CanonicalName.TryRead(" A\u0308lice ", out var name).ShouldBeTrue();

        name.Exact.ShouldBe("\u00C4lice");
        name.Exact.Length.ShouldBe(5);
        name.Key.ShouldBe("\u00E4lice");
    }

    [Fact]
    public void Key_of_a_key_is_the_key()
    {
        foreach (var typed in new[] { "Alice", "\u0130stanbul", "\u0131", "stra\u00DFe", "\u1E9E", "\u0390", "\u1FD3", "\u01C5", "\u03A3\u03C2" })
        {
            var key = CanonicalName.KeyOf(typed);
            CanonicalName.KeyOf(key).ShouldBe(key);
        }
    }

    // Attributes cannot hold half a surrogate pair.
    [Fact]
    public void Name_that_is_no_valid_Unicode_is_not_read()
    {
        foreach (var typed in new[] { null, "\uD800", "a\uDC00b", "\uDC00\uD800", "\u00E4\uD83D", "a\uFFFE" })
        {
            CanonicalName.TryRead(typed, out _).ShouldBeFalse();
        }

        CanonicalName.FaultOf("\uD800", 10).ShouldBe("it is not valid Unicode");
    }

    [Fact]
    public void Key_of_what_is_no_valid_Unicode_is_a_bug_of_the_caller() => Should.Throw<ArgumentException>(() => CanonicalName.KeyOf("\uD800"));

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData(".", "it is a dot segment")]
    [InlineData("..", "it is a dot segment")]
    [InlineData(" alice", "it has blanks around it")]
    [InlineData("alice\u00A0", "it has blanks around it")]
    [InlineData(" ", "it has blanks around it")]
    [InlineData("al\u0000ice", "it holds a control character")]
    [InlineData("alice\n", "it holds a control character")]
    [InlineData("alice\u0085", "it holds a control character")]
    [InlineData("\uFFFE", "it is not valid Unicode")]
    [InlineData("a/b", "it holds one of /\\")]
    [InlineData("a\\b", "it holds one of /\\")]
    [InlineData("12345678901", "it is longer than 10 characters")]
    [Contract("HTT-74")]
    public void Fault_says_what_is_wrong_with_a_name(string name, string fault) => CanonicalName.FaultOf(name, 10, "/\\").ShouldBe(fault);

    [Theory]
    [InlineData("alice")]
    [InlineData("DOMAIN\\alice")]
    [InlineData("alice@a:b")]
    [InlineData("a b")]
    [InlineData("...")]
    [InlineData("\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600")]
    [Contract("HTT-74")]
    public void Name_without_fault_has_none(string name) => CanonicalName.FaultOf(name, 12).ShouldBeNull();
}
