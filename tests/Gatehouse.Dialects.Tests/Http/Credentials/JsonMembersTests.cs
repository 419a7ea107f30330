using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http.Credentials;

public sealed class JsonMembersTests
{
    private const int Depth = 8;
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(3000);

    [Fact]
    [Contract("HTT-14")]
    public void Members_come_in_their_order_with_their_types()
    {
        Read("""{"a":"x","b":-1.50e2,"c":true,"d":false,"e":null,"f":{"g":[1]},"h":["i"],"":""}""").ShouldBe(
        [
            new JsonMember("a", JsonValueKind.String, "x"),
            new JsonMember("b", JsonValueKind.Number, "-1.50e2"),
            new JsonMember("c", JsonValueKind.True, "true"),
            new JsonMember("d", JsonValueKind.False, "false"),
            new JsonMember("e", JsonValueKind.Null, "null"),
            new JsonMember("f", JsonValueKind.Object, null),
            new JsonMember("h", JsonValueKind.Array, null),
            new JsonMember("", JsonValueKind.String, ""),
        ]);
        Read(" \t\r\n{ } \t\r\n").ShouldBe([]);
    }

    [Fact]
    [Contract("HTT-14", "ATK-79")]
    public void A_member_that_comes_twice_is_there_twice_however_it_is_written()
    {
        Read("""{"password":"1","pass\u0077ord":"2","Password":"3"}""").ShouldBe(
        [
            new JsonMember("password", JsonValueKind.String, "1"),
            new JsonMember("password", JsonValueKind.String, "2"),
            new JsonMember("Password", JsonValueKind.String, "3"),
        ]);
    }

    [Fact]
    public void A_member_says_where_its_value_stands()
    {
        const string Text = """ {"a": "x\u0041", "b": {"c": [1]} } """;

        JsonMembers.Read(Encoding.UTF8.GetBytes(Text), Depth)!.Select(member => Text[member.Raw]).ShouldBe(["\"x\\u0041\"", "{\"c\": [1]}"]);
    }

    [Fact]
    [Contract("HTT-14")]
    public void Escapes_are_undone_once() =>
        Read("""{"a":"\"\\\/\b\f\n\r\t\u00e4\ud83d\udd11\\u0061"}""")![0].Text.ShouldBe("\"\\/\b\f\n\r\t\u00e4\ud83d\udd11\\u0061");

    [Theory]
    [Contract("ATK-79")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("[{\"a\":1}]")]
    [InlineData("{")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":[1,]}")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":1}{}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":+1}")]
    [InlineData("{\"a\":.5}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":True}")]
    [InlineData("{\"a\":\"x\ny\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u00g0\"}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("{/**/\"a\":1}")]
    [InlineData("{\"a\":1}//")]
    [InlineData("\ufeff{\"a\":1}")]
    [InlineData("\u00a0{\"a\":1}")]
    public void What_is_not_one_object_of_rfc_8259_is_nothing(string text) => Read(text).ShouldBeNull();

    [Theory]
    [Contract("ATK-79")]
    [InlineData("""{"a":"\ud83d"}""")]
    [InlineData("""{"a":"\udd11"}""")]
    [InlineData("""{"a":"\udd11\ud83d"}""")]
    [InlineData("""{"\ud83d":1}""")]
    [InlineData("""{"a":["\ud83d"]}""")]
    [InlineData("""{"a":{"\ud83d":1}}""")]
    [InlineData("""{"a":[[{"b":"\ud83d"}]]}""")]
    public void Half_a_surrogate_pair_is_nothing_wherever_it_stands(string text) => Read(text).ShouldBeNull();

    [Theory]
    [Contract("ATK-79")]
    [InlineData("7b2261223a22ff227d")]
    [InlineData("7b2261223a22c0af227d")]
    [InlineData("7b2261223a22eda080227d")]
    [InlineData("7b22ff223a317d")]
    [InlineData("7b2261223a5b22ff225d7d")]
    public void Octets_that_are_not_utf8_are_nothing(string hex) => JsonMembers.Read(Convert.FromHexString(hex), Depth).ShouldBeNull();

    [Theory]
    [Contract("ATK-79")]
    [InlineData(7, true)]
    [InlineData(8, false)]
    [InlineData(100_000, false)]
    public void Depth_counts_the_object_itself(int lists, bool isRead) =>
        (Read($$"""{"a":{{new string('[', lists)}}{{new string(']', lists)}}}""") is not null).ShouldBe(isRead);

    [Fact]
    [Contract("HTT-14")]
    public void What_was_written_is_read_however_it_is_escaped() => Check.One(Often, Prop.ForAll(Objects(), members =>
    {
        var text = new StringBuilder(" {");
        foreach (var (name, value, escaped) in members)
        {
            text.Append(text.Length > 2 ? " , " : "").Append(Quote(name, escaped)).Append(" : ").Append(Quote(value, escaped));
        }

        return Read(text.Append("} ").ToString())!.SequenceEqual(members.Select(member => new JsonMember(member.Name, JsonValueKind.String, member.Value)));
    }));

    [Fact]
    [Contract("ATK-79")]
    public void A_changed_text_is_read_exactly_when_the_document_reader_takes_every_string_of_it() => Check.One(Often, Prop.ForAll(Mutations(), text =>
        (Read(text) is not null) == IsWholeObject(text)));

    [Theory]
    [InlineData("""{"session":"x"}""", "{}")]
    [InlineData("""{"session":"x","a":1}""", """{"a":1}""")]
    [InlineData("""{"a":1, "session" : "x" }""", """{"a":1 }""")]
    [InlineData("""{"a":[1],"sess\u0069on":{"b":2} , "c":3}""", """{"a":[1],"c":3}""")]
    [Contract("MIC-117")]
    public void Member_is_cut_out_with_its_comma(string text, string rest)
    {
        var members = JsonMembers.Read(Encoding.UTF8.GetBytes(text), Depth)!;

        var cut = JsonMembers.CutOf(members, members.FindIndex(member => member.Name == "session"));

        (text[..cut.Start.Value] + text[cut.End.Value..]).ShouldBe(rest);
    }

    private static List<JsonMember>? Read(string text) => JsonMembers.Read(Encoding.UTF8.GetBytes(text), Depth)?.ConvertAll(member => member with { Raw = default, Whole = default });

    private static bool IsWholeObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Depth });
            return document.RootElement.ValueKind == JsonValueKind.Object && Walk(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private static bool Walk(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().All(member => member.Name is not null && Walk(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(Walk),
        JsonValueKind.String => element.GetString() is not null,
        _ => true,
    };

    private static string Quote(string text, bool escaped)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            quoted.Append(escaped || character is '"' or '\\' or < ' ' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}") : character.ToString());
        }

        return quoted.Append('"').ToString();
    }

    private static Gen<string> Texts() =>
        from runes in Gen.OneOf(Gen.Choose(0, 0x7f), Gen.Choose(0x80, 0xd7ff), Gen.Choose(0x10000, 0x10ffff)).ListOf(12)
        select string.Concat(runes.Select(rune => new Rune(rune).ToString()));

    private static Arbitrary<(string Name, string Value, bool Escaped)[]> Objects() =>
        (from members in (from name in Texts() from value in Texts() from escaped in Gen.Elements(true, false) select (name, value, escaped)).ListOf(5)
         select members.ToArray()).ToArbitrary();

    private static Arbitrary<string> Mutations() =>
        (from good in Gen.Elements(
            """{"session":"68aa8c73","sid":"1234"}""",
            """{"a":[1,-2.5e+3,{"b":null}],"\u0063":"\ud83d\udd11"}""",
            """{"a":{"b":{"c":{"d":[[[true]]]}}}}""")
         from position in Gen.Choose(0, good.Length - 1)
         from character in Gen.Elements("{}[]\",:\\u0dt e/*.-\n\ufeff".ToCharArray())
         from mutated in Gen.Elements(good.Remove(position, 1), good.Insert(position, character.ToString()), good[..position] + character + good[(position + 1)..])
         select mutated).ToArbitrary();
}
