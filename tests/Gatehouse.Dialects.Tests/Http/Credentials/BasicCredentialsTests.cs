using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http.Credentials;

public sealed class BasicCredentialsTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(2000);

    [Theory]
    [Contract("HTT-40")]
    [InlineData("Basic am9lOmJsb2dncw==")]
    [InlineData("basic am9lOmJsb2dncw==")]
    [InlineData("BASIC am9lOmJsb2dncw==")]
    [InlineData("bAsIc am9lOmJsb2dncw==")]
    [InlineData("Basic    am9lOmJsb2dncw==")]
    [InlineData("  Basic am9lOmJsb2dncw==  ")]
    public void The_scheme_is_read_in_any_letter_case_with_any_number_of_blanks(string value) =>
        BasicCredentials.Read(value).ShouldBe(new BasicCredentials("joe", "bloggs"));

    [Theory]
    [Contract("HTT-41", "HTT-54")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("Basic")]
    [InlineData("Basic   ")]
    [InlineData("Basic\tam9lOmJsb2dncw==")]
    [InlineData("Basic,am9lOmJsb2dncw==")]
    [InlineData("Basic, am9lOmJsb2dncw==")]
    [InlineData("Basic:am9lOmJsb2dncw==")]
    [InlineData("Basic: am9lOmJsb2dncw==")]
    [InlineData("xBasic am9lOmJsb2dncw==")]
    [InlineData("Basicx am9lOmJsb2dncw==")]
    [InlineData("Basicam9lOmJsb2dncw==")]
    [InlineData("Ba\u017fic am9lOmJsb2dncw==")]
    [InlineData("Bas\u0131c am9lOmJsb2dncw==")]
    [InlineData("Bas\u0130c am9lOmJsb2dncw==")]
    [InlineData("am9lOmJsb2dncw==")]
    [InlineData("Bearer am9lOmJsb2dncw==")]
    [InlineData("Digest username=\"joe\"")]
    public void Another_word_than_the_scheme_and_a_blank_is_refused(string value) => BasicCredentials.Read(value).ShouldBeNull();

    [Theory]
    [Contract("HTT-42")]
    [InlineData("Basic am9lOmJsb2dncw== x")]
    [InlineData("Basic am9lOmJsb2dncw==, Basic am9lOmJsb2dncw==")]
    [InlineData("Basic am9lOmJsb2dncw==,")]
    [InlineData("Basic am9lOmJsb2dncw==;charset=utf-8")]
    [InlineData("Basic am9lOmJsb2dncw== charset=\"UTF-8\"")]
    [InlineData("Basic \"am9lOmJsb2dncw==\"")]
    [InlineData("Basic Basic am9lOmJsb2dncw==")]
    public void Anything_beside_the_credentials_is_refused(string value) => BasicCredentials.Read(value).ShouldBeNull();

    [Theory]
    [Contract("HTT-43", "HTT-44")]
    [InlineData("am9lOmJsb2dncw==", true)]
    [InlineData("am9lOmJsb2dnc3M=", true)]
    [InlineData("am9lOmJsb2dn", true)]
    [InlineData("am9lOj8/Pz4+", true)]
    [InlineData("am9lOmJsb2dncw", false)]
    [InlineData("am9lOmJsb2dncw=", false)]
    [InlineData("am9lOmJsb2dncw===", false)]
    [InlineData("am9lOmJsb2dncw====", false)]
    [InlineData("am9l=OmJsb2dncw=", false)]
    [InlineData("am9lOj8_Pz4-", false)]
    [InlineData("am9l OmJsb2dncw==", false)]
    [InlineData("am9lOmJsb2dn cw==", false)]
    [InlineData("am9lOmJs\tb2dncw==", false)]
    [InlineData("am9lOmJsb2dncw==\t", false)]
    [InlineData("am9lOmJsb2dncx==", false)]
    [InlineData("am9lOmJsb2dnc3N=", false)]
    [InlineData("am9lOmJsb2dn*w==", false)]
    [InlineData("am9lOmJsb2dnc\u00e4==", false)]
    [InlineData("am9lOmJsb2dna", false)]
    [InlineData("====", false)]
    public void One_credential_has_one_spelling(string encoded, bool isRead)
    {
        (BasicCredentials.Read("Basic " + encoded) is not null).ShouldBe(isRead);
        (BasicCredentials.ReadEncoded(encoded) is not null).ShouldBe(isRead);
    }

    [Theory]
    [Contract("HTT-45")]
    [InlineData("6a:6f:3a:ff")]
    [InlineData("6a:6f:3a:c3")]
    [InlineData("6a:6f:3a:e4:62:63")]
    [InlineData("6a:6f:3a:c0:af")]
    [InlineData("6a:c0:ba:62")]
    [InlineData("6a:6f:3a:ed:a0:80")]
    [InlineData("6a:6f:3a:ed:a0:bd:ed:b8:80")]
    [InlineData("6a:6f:3a:f4:90:80:80")]
    [InlineData("6a:6f:3a:80")]
    public void Octets_that_are_not_strict_utf8_are_refused(string octets) =>
        BasicCredentials.ReadEncoded(Convert.ToBase64String(Convert.FromHexString(octets.Replace(":", "", StringComparison.Ordinal)))).ShouldBeNull();

    [Theory]
    [Contract("HTT-46", "HTT-47", "HTT-48", "HTT-50", "HTT-52", "HTT-53")]
    [InlineData("joe:a:b::c", "joe", "a:b::c")]
    [InlineData(":secret", "", "secret")]
    [InlineData("joe:", "joe", "")]
    [InlineData(":", "", "")]
    [InlineData("\ufeffjoe:secret", "\ufeffjoe", "secret")]
    [InlineData(" joe : secret ", " joe ", " secret ")]
    [InlineData("jo\u0308rg:pa\u0308ss \ud83d\udd11", "jo\u0308rg", "pa\u0308ss \ud83d\udd11")]
    [InlineData("joe:{\"session\": \"68aa8c73\"}", "joe", "{\"session\": \"68aa8c73\"}")]
    [InlineData("joe", null, null)]
    [InlineData("", null, null)]
    public void Name_and_password_are_cut_at_the_first_colon_and_left_as_they_are(string decoded, string? name, string? password)
    {
        var read = BasicCredentials.ReadEncoded(Convert.ToBase64String(Encoding.UTF8.GetBytes(decoded)));

        read?.Name.ShouldBe(name);
        read?.Password.ShouldBe(password);
        (read is null).ShouldBe(name is null);
    }

    [Fact]
    [Contract("HTT-49")]
    public void Every_control_character_is_refused_in_name_and_password()
    {
        for (var control = 0; control <= 0x9f; control++)
        {
            var isControl = control is <= 0x1f or >= 0x7f;
            (Read($"j{(char)control}e:secret") is null).ShouldBe(isControl, $"U+{control:X4} in the name");
            (Read($"joe:sec{(char)control}ret") is null).ShouldBe(isControl, $"U+{control:X4} in the password");
        }

        Read("joe:non\u00a0breaking").ShouldNotBeNull();
        Read("joe:\u2028\u200b\ufeff").ShouldNotBeNull();
    }

    [Theory]
    [Contract("HTT-51")]
    [InlineData(256, 1024, true)]
    [InlineData(257, 1024, false)]
    [InlineData(256, 1025, false)]
    public void Lengths_are_counted_in_code_points(int name, int password, bool isRead)
    {
        (Read($"{new string('n', name)}:{new string('p', password)}") is not null).ShouldBe(isRead);
        (Read($"{Repeat("\ud83d\udd11", name)}:{Repeat("\ud83d\udd11", password)}") is not null).ShouldBe(isRead);
    }

    [Fact]
    [Contract("HTT-9")]
    public void A_value_beyond_16_KiB_is_not_decoded()
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes("joe:bloggs"));
        BasicCredentials.Read($"Basic {new string(' ', (16 * 1024) - 6 - encoded.Length)}{encoded}").ShouldNotBeNull();
        BasicCredentials.Read($"Basic {new string(' ', (16 * 1024) - 5 - encoded.Length)}{encoded}").ShouldBeNull();
        BasicCredentials.ReadEncoded(new string('A', 64 * 1024 * 1024)).ShouldBeNull();
    }

    [Fact]
    [Contract("HTT-181")]
    public void Nothing_of_it_is_printed() => new BasicCredentials("joe", "bloggs").ToString().ShouldBe("BasicCredentials");

    [Fact]
    [Contract("HTT-40", "HTT-43", "HTT-46")]
    public void What_a_client_encodes_is_what_is_read() => Check.One(Often, Prop.ForAll(Typed(256), Typed(1024), (name, password) =>
    {
        name = name.Replace(":", "", StringComparison.Ordinal);
        return Read($"{name}:{password}") == new BasicCredentials(name, password);
    }));

    [Fact]
    [Contract("HTT-44", "HTT-45", "HTT-47", "HTT-49")]
    public void Octets_are_read_exactly_when_they_are_a_name_a_colon_and_a_password() => Check.One(Often, Prop.ForAll(Octets(), octets =>
    {
        var read = BasicCredentials.ReadEncoded(Convert.ToBase64String(octets));
        var text = Decode(octets);
        var expected = text is not null && text.Contains(':', StringComparison.Ordinal) && !text.Any(char.IsControl);
        return expected ? read is not null && $"{read.Name}:{read.Password}" == text : read is null;
    }));

    [Fact]
    [Contract("HTT-41", "HTT-42", "HTT-44")]
    public void A_value_with_one_character_changed_is_refused_or_is_the_one_spelling_of_something_else() => Check.One(Often, Prop.ForAll(Mutations(), value =>
    {
        var read = BasicCredentials.Read(value);
        return read is null
            || value.Trim(' ')[5..].TrimStart(' ') == Convert.ToBase64String(Encoding.UTF8.GetBytes($"{read.Name}:{read.Password}"));
    }));

    private static BasicCredentials? Read(string decoded) => BasicCredentials.Read("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(decoded)));

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    private static string? Decode(byte[] octets)
    {
        try
        {
            return Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Texts without control characters and half surrogate pairs, of at most so many code points.</summary>
    private static Arbitrary<string> Typed(int longest) =>
        (from length in Gen.Choose(0, longest)
         from runes in Gen.OneOf(Gen.Choose(0x20, 0x7e), Gen.Choose(0xa0, 0xd7ff), Gen.Choose(0xe000, 0xffff), Gen.Choose(0x10000, 0x10ffff)).ListOf(Math.Min(length, 40))
         select string.Concat(runes.Select(rune => new Rune(rune).ToString()))).ToArbitrary();

    private static Arbitrary<byte[]> Octets() =>
        (from octets in Gen.OneOf(Gen.Choose(0, 0xff), Gen.Choose(0x20, 0x7e), Gen.Choose(0x20, 0x7e), Gen.Constant((int)':'), Gen.Elements(0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xed, 0xa0)).ListOf()
         select octets.Select(octet => (byte)octet).ToArray()).ToArbitrary();

    private static Arbitrary<string> Mutations() =>
        (from good in Gen.Elements("Basic am9lOmJsb2dncw==", "Basic am9lOmJsb2dnc3M=", "Basic am9lOmJsb2dn")
         from position in Gen.Choose(0, good.Length - 1)
         from character in Gen.Elements("AZaz09+/=-_ \t,;:\"\u00e4\u017f".ToCharArray())
         from mutated in Gen.Elements(good.Remove(position, 1), good.Insert(position, character.ToString()), good[..position] + character + good[(position + 1)..])
         select mutated).ToArbitrary();
}
