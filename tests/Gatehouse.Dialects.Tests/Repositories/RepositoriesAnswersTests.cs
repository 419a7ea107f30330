using System.Text;
using Gatehouse.Core.Tenants;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Repositories;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Repositories;

public sealed class RepositoriesAnswersTests
{
    [Fact]
    [Contract("REP-12", "REP-16")]
    public void The_list_of_the_contract_has_its_bytes_and_its_sum()
    {
        var body = RepositoriesAnswers.RenderList([Repository("_control"), Repository("jupiter")]);

        Encoding.UTF8.GetString(body).ShouldBe(
            """{"columns":{"humanisedName":"Repositories","columnisedName":"Repositories","description":"A list of all the repositories in the server"},"rows":[{"dataRow":"_control","metadata":{"url":"/api/repositories/_control"}},{"dataRow":"jupiter","metadata":{"url":"/api/repositories/jupiter"}}]}""");
        body.Length.ShouldBe(286);
        unchecked((int)Crc32.Of(body)).ShouldBe(1979389447);
    }

    [Fact]
    [Contract("REP-16")]
    public void The_sum_has_its_check_value() => Crc32.Of("123456789"u8).ShouldBe(0xCBF43926u);

    [Fact]
    [Contract("REP-13", "REP-15")]
    public void Without_a_visible_repository_rows_is_an_empty_string()
    {
        Text([]).ShouldEndWith(""","rows":""}""");
        Text([Repository("x") with { Hidden = true }]).ShouldEndWith(""","rows":""}""");
        Text([Repository("a"), Repository("b") with { Hidden = true }, Repository("c")]).ShouldEndWith(
            ""","rows":[{"dataRow":"a","metadata":{"url":"/api/repositories/a"}},{"dataRow":"c","metadata":{"url":"/api/repositories/c"}}]}""");
    }

    [Theory]
    [Contract("REP-14")]
    [InlineData("a b", "a b", "a%20b")]
    [InlineData("\u00e4<&>'+", "\u00e4<&>'+", "%C3%A4%3C%26%3E%27%2B")]
    [InlineData("quo\"te", "quo\\\"te", "quo%22te")]
    [InlineData("\ud83d\udd11", "\ud83d\udd11", "%F0%9F%94%91")]
    [InlineData("A-Z_a.z~09", "A-Z_a.z~09", "A-Z_a.z~09")]
    [InlineData("50%25;x=1?#", "50%25;x=1?#", "50%2525%3Bx%3D1%3F%23")]
    [InlineData("(!*)", "(!*)", "%28%21%2A%29")]
    [InlineData("\u2028", "\u2028", "%E2%80%A8")]
    public void Names_are_written_as_json_and_as_paths(string name, string json, string escaped) => Text([Repository(name)])
        .ShouldContain($$$"""{"dataRow":"{{{json}}}","metadata":{"url":"/api/repositories/{{{escaped}}}"}}""");

    [Theory]
    [Contract("REP-21", "REP-23")]
    [InlineData("test", "Basic realm=\"test\", charset=\"UTF-8\"")]
    [InlineData("say \"hi\\ho\"", "Basic realm=\"say \\\"hi\\\\ho\\\"\", charset=\"UTF-8\"")]
    public void A_realm_is_quoted(string realm, string challenge) => RepositoriesAnswers.Challenge(realm).ShouldBe(challenge);

    private static string Text(IEnumerable<Tenant> tenants) => Encoding.UTF8.GetString(RepositoriesAnswers.RenderList(tenants));

    private static Tenant Repository(string name) => new() { Id = 1, Name = name, Key = CanonicalName.KeyOf(name), InternalId = name };
}
