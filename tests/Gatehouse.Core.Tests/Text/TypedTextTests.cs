using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Core.Text;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Text;

public sealed class TypedTextTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("\U0001F600\U0001F600", 2)]
    [InlineData("a\u0308", 2)]
    public void Length_counts_code_points(string text, int length) => TypedText.Length(text).ShouldBe(length);

    // Attributes cannot hold half a surrogate pair.
    [Fact]
    public void Half_a_surrogate_pair_counts_as_one_and_is_escaped()
    {
        TypedText.Length("a\uD800").ShouldBe(2);
        TypedText.Length("\uDC00\uD800").ShouldBe(2);
        TypedText.Escape("a\uD800b").ShouldBe("a\\ud800b");
        TypedText.Escape("\uDC00").ShouldBe("\\udc00");
    }

    [Theory]
    [InlineData("\u0000", true)]
    [InlineData("a\u001F", true)]
    [InlineData("\u007F", true)]
    [InlineData("\u009F", true)]
    [InlineData(" ~", false)]
    [InlineData("\u00A0", false)]
    [InlineData("\u200B", false)]
    [Contract("HTT-49")]
    public void Control_characters_are_those_below_space_and_from_DEL_to_9F(string text, bool has) => TypedText.HasControl(text).ShouldBe(has);

    [Theory]
    [InlineData("abcdef", 3, "abc")]
    [InlineData("abc", 3, "abc")]
    [InlineData("\U0001F600\U0001F600\U0001F600", 2, "\U0001F600\U0001F600")]
    [InlineData("a\U0001F600", 1, "a")]
    [InlineData("", 0, "")]
    [Contract("HTT-179")]
    public void Cut_keeps_whole_code_points(string text, int length, string cut) => TypedText.Cut(text, length).ShouldBe(cut);

    [Theory]
    [InlineData("plain ~text\\", "plain ~text\\")]
    [InlineData("über", "über")]
    [InlineData("a\r\nb", "a\\u000d\\u000ab")]
    [InlineData("\u001b[31m", "\\u001b[31m")]
    [InlineData("\u0085", "\\u0085")]
    [InlineData("\u202Eevil", "\\u202eevil")]
    [InlineData("\u2028\u2029", "\\u2028\\u2029")]
    [InlineData("\uFEFF", "\\ufeff")]
    [InlineData("\U000E0001", "\\udb40\\udc01")]
    [InlineData("\uE000", "\\ue000")]
    [InlineData("\U0001F600", "\U0001F600")]
    [Contract("HTT-180")]
    public void Escape_writes_what_could_leave_its_line_as_hex(string text, string escaped) => TypedText.Escape(text).ShouldBe(escaped);

    [Fact]
    [Contract("HTT-180")]
    public void Escaped_text_is_one_line_of_valid_Unicode_whatever_was_typed() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Units(), text =>
        {
            var escaped = TypedText.Escape(text);

            TypedText.HasControl(escaped).ShouldBeFalse();
            escaped.ShouldNotContain("\u2028");
            escaped.ShouldNotContain("\u202E");
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(escaped).ShouldBeGreaterThanOrEqualTo(escaped.Length);
        }));

    [Fact]
    public void Normalizing_is_refused_for_lone_surrogates_and_the_swapped_byte_order_mark_only() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Units(), text =>
        {
            var valid = TypedText.TryNormalize(text, out var normal);

            valid.ShouldBe(IsValid(text) && !text.Contains('\uFFFE', StringComparison.Ordinal));
            if (valid)
            {
                normal.IsNormalized(NormalizationForm.FormC).ShouldBeTrue();
            }
        }));

    private static bool IsValid(string text)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static Arbitrary<string> Units() => Gen.OneOf(
            Gen.Choose(0, 0xFFFF),
            Gen.Choose(0xD7F0, 0xE010),
            Gen.Choose(0, 0x20),
            Gen.Elements(0x0061, 0x0308, 0x2028, 0x202E, 0xFEFF, 0xFFFE, 0xFFFF, 0x1100, 0x1161))
        .ListOf()
        .Select(units => new string([.. units.Select(unit => (char)unit)]))
        .ToArbitrary();
}
