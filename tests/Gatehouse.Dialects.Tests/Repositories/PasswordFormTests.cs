using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Repositories;

public sealed class PasswordFormTests
{
    private const string Id = "68aa8c73-87b5-495d-b38f-8addffc9c546";

    [Theory]
    [Contract("REP-31", "REP-33", "REP-45")]
    [InlineData("""{"session": "ID", "sid": "1234"}""")]
    [InlineData("""{"session":"ID","sid":"1234"}""")]
    [InlineData("""{"sid":"1234","session":"ID"}""")]
    [InlineData("""   { "sid" : "1234" , "session" : "ID" }   """)]
    [InlineData("""{"\u0073ession":"ID","s\u0069d":"1234"}""")]
    public void New_security(string password) => Of(password).ShouldBe(new PasswordForm.Session(Id, "1234"));

    [Theory]
    [Contract("REP-32", "REP-33", "REP-45")]
    [InlineData("""{"session": "ID"}""")]
    [InlineData("""  {"session":"ID"}  """)]
    public void Old_security(string password) => Of(password).ShouldBe(new PasswordForm.Session(Id, null));

    [Theory]
    [Contract("REP-40")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("123")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("""[{"session":"ID"}]""")]
    public void Json_that_is_no_object_is_a_password(string password) => Of(password).ShouldBe(new PasswordForm.Literal());

    [Theory]
    [Contract("REP-41")]
    [InlineData("{}")]
    [InlineData("""{"sid":"1"}""")]
    [InlineData("""{"a":{"session":"ID"}}""")]
    [InlineData("""{"a":[{"session":"ID"}]}""")]
    [InlineData("""{"a":"session"}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800session":"ID"}""")]
    public void An_object_without_session_on_top_is_a_password(string password) => Of(password).ShouldBe(new PasswordForm.Literal());

    [Theory]
    [Contract("REP-42")]
    [InlineData("{broken")]
    [InlineData("{bloggs}")]
    [InlineData("{'session':'ID'}")]
    [InlineData("""{"session":"ID",}""")]
    [InlineData("""{"session":"ID"} x""")]
    [InlineData("""{"session":"ID"}{}""")]
    [InlineData("""{"session":"ID"/**/}""")]
    [InlineData("""{"session":"ID"}//x""")]
    [InlineData("""{"session":"ID" "sid":"1"}""")]
    [InlineData("""{"session":"ID","sid":01}""")]
    [InlineData("""{"session":"ID","sid":[1,]}""")]
    [InlineData("""{"session":"\x"}""")]
    [InlineData("""{"session":"ID""")]
    [InlineData("""x {"session":"ID"}""")]
    [InlineData("\ufeff{\"session\":\"ID\"}")]
    [InlineData("\u00a0{\"session\":\"ID\"}")]
    public void What_is_no_json_is_a_password(string password) => Of(password).ShouldBe(new PasswordForm.Literal());

    [Fact]
    [Contract("REP-42", "REP-50")]
    public void Depth_alone_makes_no_difference_between_json_and_no_json()
    {
        Of($$"""{"session":{{new string('[', 500)}}{{new string(']', 500)}}}""").ShouldBe(new PasswordForm.BrokenSession());
        Of($$"""{"session":{{new string('[', 500)}}{{new string(']', 499)}}}""").ShouldBe(new PasswordForm.Literal());
        Of($$"""{"a":{{new string('[', 500)}}{{new string(']', 500)}}}""").ShouldBe(new PasswordForm.Literal());
    }

    [Theory]
    [Contract("REP-43", "REP-44")]
    [InlineData("""{"Session":"ID"}""")]
    [InlineData("""{"SESSION":"ID"}""")]
    [InlineData("""{"session ":"ID"}""")]
    [InlineData("pass:word")]
    [InlineData(" bloggs ")]
    [InlineData("p\u00e4ss")]
    [InlineData("say \"friend\"")]
    [InlineData("")]
    public void Everything_else_is_a_password(string password) => Of(password).ShouldBe(new PasswordForm.Literal());

    [Theory]
    [Contract("REP-46")]
    [InlineData("""{"session":""}""")]
    [InlineData("""{"session":123}""")]
    [InlineData("""{"session":null}""")]
    [InlineData("""{"session":true}""")]
    [InlineData("""{"session":["ID"]}""")]
    [InlineData("""{"session":{"session":"ID"}}""")]
    [InlineData("""{"session":"68aa8c73"}""")]
    [InlineData("""{"session":"ID0"}""")]
    [InlineData("""{"session":" ID"}""")]
    [InlineData("""{"session":"68AA8C73-87B5-495D-B38F-8ADDFFC9C546"}""")]
    [InlineData("""{"session":"68aa8c7387b5495db38f8addffc9c546"}""")]
    [InlineData("""{"session":"68aa8c73-87b5-495d-b38f-8addffc9c54g"}""")]
    [InlineData("""{"session":"68aa8c73+87b5-495d-b38f-8addffc9c546"}""")]
    [InlineData("""{"session":"68aa8c738-7b5-495d-b38f-8addffc9c546"}""")]
    public void A_session_of_another_shape_is_broken(string password) => Of(password).ShouldBe(new PasswordForm.BrokenSession());

    [Theory]
    [Contract("REP-47")]
    [InlineData("""{"session":"ID","sid":""}""")]
    [InlineData("""{"session":"ID","sid":1234}""")]
    [InlineData("""{"session":"ID","sid":null}""")]
    [InlineData("""{"session":"ID","sid":true}""")]
    [InlineData("""{"session":"ID","sid":["1234"]}""")]
    [InlineData("""{"session":"ID","sid":{"sid":"1234"}}""")]
    public void A_sid_that_is_no_text_is_broken(string password) => Of(password).ShouldBe(new PasswordForm.BrokenSession());

    [Theory]
    [Contract("REP-48")]
    [InlineData("""{"session":"ID","session":"ID"}""")]
    [InlineData("""{"session":"ID","sess\u0069on":"ID"}""")]
    [InlineData("""{"session":1,"session":"ID"}""")]
    [InlineData("""{"session":"ID","sid":"1234","sid":"1234"}""")]
    [InlineData("""{"session":"ID","sid":"1234","\u0073id":"1"}""")]
    public void A_member_that_comes_twice_is_broken(string password) => Of(password).ShouldBe(new PasswordForm.BrokenSession());

    [Theory]
    [Contract("REP-49")]
    [InlineData("""{"session":"ID","user":"joe"}""")]
    [InlineData("""{"session":"ID","Sid":"1234"}""")]
    [InlineData("""{"session":"ID","Session":"ID"}""")]
    [InlineData("""{"__proto__":{},"session":"ID"}""")]
    [InlineData("""{"session":"ID","":null}""")]
    [InlineData("""{"\ud800":1,"session":"ID"}""")]
    public void The_form_is_closed(string password) => Of(password).ShouldBe(new PasswordForm.BrokenSession());

    [Theory]
    [Contract("REP-50")]
    [InlineData("""{"session":"\ud800"}""")]
    [InlineData("""{"session":"ID","sid":"\udc00"}""")]
    [InlineData("""{"session":"ID","a":["\ud800"]}""")]
    [InlineData("""{"session":[[[[[[[[[]]]]]]]]]}""")]
    [InlineData("""{"a":[[[[[[[[[]]]]]]]]],"session":"ID"}""")]
    public void Half_a_surrogate_pair_or_too_deep_is_broken(string password) => Of(password).ShouldBe(new PasswordForm.BrokenSession());

    [Fact]
    [Contract("REP-36")]
    public void The_shape_of_an_api_token_is_one()
    {
        var token = ApiToken.Draw();
        Of(token).ShouldBe(new PasswordForm.Api());
        Of(token + "x").ShouldBe(new PasswordForm.Literal());
        Of(token[..^1] + "=").ShouldBe(new PasswordForm.Literal());
        Of("GHT_" + token[4..]).ShouldBe(new PasswordForm.Literal());
    }

    [Fact]
    [Contract("REP-102")]
    public void No_form_prints_what_it_holds() => Of($$"""{"session":"{{Id}}","sid":"1234"}""").ToString().ShouldBe("Session");

    /// <summary>Fail closed: whatever becomes of a good session form by one changed character, it is either not JSON with a session any more, or refused, or that session.</summary>
    [Fact]
    [Contract("REP-42", "REP-46", "REP-49")]
    public void A_changed_form_never_becomes_another_session() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Mutations(), password =>
        PasswordForm.Of(password) is not PasswordForm.Session session || (password.Contains(session.Id, StringComparison.Ordinal) && session.Sid?.Length is null or > 0)));

    private static PasswordForm Of(string password) => PasswordForm.Of(password.Replace("ID", Id, StringComparison.Ordinal));

    private static Arbitrary<string> Mutations() =>
        (from good in Gen.Elements($$"""{"session":"{{Id}}","sid":"1234"}""", $$"""{"session":"{{Id}}"}""")
         from position in Gen.Choose(0, good.Length - 1)
         from character in Gen.Elements("{}[]\",:\\u0d\u00a0 e/*.-s\ufeff".ToCharArray())
         from mutated in Gen.Elements(good.Remove(position, 1), good.Insert(position, character.ToString()), good[..position] + character + good[(position + 1)..])
         select mutated).ToArbitrary();
}
