using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Repositories;

/// <summary>Which texts are passwords: those by which somebody gets in whose password they are, and which count when they are wrong.</summary>
public sealed class PasswordFormTests(PasswordFormTests.Gate fixture) : IClassFixture<PasswordFormTests.Gate>
{
    private const string Target = Ask.Prefix + "/test/x";
    private const string Id = "68aa8c73-87b5-495d-b38f-8addffc9c546";

    private readonly EmbeddedGate _gate = fixture.Embedded;

    [Theory]
    [Contract("REP-40", "REP-41", "REP-42", "REP-43", "REP-44")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("123")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("""[{"session":"ID"}]""")]
    [InlineData("{}")]
    [InlineData("""{"sid":"1"}""")]
    [InlineData("""{"a":{"session":"ID"}}""")]
    [InlineData("{broken")]
    [InlineData("{bloggs}")]
    [InlineData("{'session':'ID'}")]
    [InlineData("""{"session":"ID",}""")]
    [InlineData("""{"session":"ID"} x""")]
    [InlineData("""{"session":"ID"/* x */}""")]
    [InlineData("\ufeff{\"session\":\"ID\"}")]
    [InlineData("""{"Session":"ID"}""")]
    [InlineData("""{"SESSION":"ID"}""")]
    [InlineData("pass:word")]
    [InlineData(" bloggs ")]
    [InlineData("p\u00e4ss")]
    [InlineData("say \"friend\" and enter")]
    public async Task A_literal_is_compared_and_counted(string text)
    {
        var password = text.Replace("ID", Id, StringComparison.Ordinal);
        var name = $"literal {Guid.NewGuid()}";
        await _gate.AddAccountAsync(name, password, "test");

        (await Ask.GetAsync(_gate.Address, Target, name, password)).Text.ShouldContain("\"method\":\"password-basic\"");
        (await Ask.GetAsync(_gate.Address, Target, "stranger " + name, password)).Status.ShouldBe(401);
        (await _gate.AuditOfAsync("stranger " + name)).ShouldHaveSingleItem().Outcome.ShouldBe("refused");
    }

    [Theory]
    [Contract("REP-45", "REP-46", "REP-47", "REP-48", "REP-49", "REP-50", "REP-51", "REP-52")]
    [InlineData("""{"session":"ID"}""")]
    [InlineData("""   {"session":"ID"}   """)]
    [InlineData("""{"session":""}""")]
    [InlineData("""{"session":123}""")]
    [InlineData("""{"session":null}""")]
    [InlineData("""{"session":true}""")]
    [InlineData("""{"session":["ID"]}""")]
    [InlineData("""{"session":{"id":"ID"}}""")]
    [InlineData("""{"session":"short"}""")]
    [InlineData("""{"session":"68AA8C73-87B5-495D-B38F-8ADDFFC9C546"}""")]
    [InlineData("""{"session":"ID","sid":""}""")]
    [InlineData("""{"session":"ID","sid":1234}""")]
    [InlineData("""{"session":"ID","sid":null}""")]
    [InlineData("""{"session":"ID","sid":["1"]}""")]
    [InlineData("""{"session":"ID","session":"ID"}""")]
    [InlineData("""{"session":"ID","sess\u0069on":"ID"}""")]
    [InlineData("""{"session":"ID","sid":"1","sid":"1"}""")]
    [InlineData("""{"session":"ID","user":"joe"}""")]
    [InlineData("""{"session":"ID","Sid":"1"}""")]
    [InlineData("""{"session":"ID","__proto__":"1"}""")]
    [InlineData("""{"session":"\ud800"}""")]
    [InlineData("""{"session":[[[[[[[[[[]]]]]]]]]]}""")]
    [InlineData("{\n  \"session\": \"ID\"\n}")]
    [InlineData("{\t\"session\":\"ID\"}")]
    [InlineData("LONG")]
    public async Task What_names_a_session_or_cannot_be_read_is_never_compared_and_never_counted(string text)
    {
        // The password of the account is that very text, as far as any password can be; it opens nothing.
        var password = text.Replace("ID", Id, StringComparison.Ordinal).Replace("LONG", new string('x', 1025), StringComparison.Ordinal);
        var name = $"form {Guid.NewGuid()}";
        await _gate.AddAccountAsync(name, password.Length <= 128 && !password.Any(char.IsControl) ? password : "something else", "test");

        for (var i = 0; i < 4; i++)
        {
            (await Ask.GetAsync(_gate.Address, Target, name, password)).Written().ShouldBe(Ask.Unauthorized("test"), StringCompareShould.IgnoreLineEndings);
        }

        (await Ask.GetAsync(_gate.Address, Ask.Prefix + "/test/login", name, password)).ShouldBeError(400, "Failed to authenticate the client");
        (await _gate.AuditOfAsync(name)).ShouldBeEmpty();
        (await Ask.GetAsync(_gate.Address, Target, name, "wrong")).Status.ShouldBe(401, "three guesses are free");
    }

    public sealed class Gate : IAsyncLifetime
    {
        internal EmbeddedGate Embedded { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Embedded = await EmbeddedGate.StartAsync(throttle: options => options.FreeAttempts = 3);
            await Embedded.AddRepositoriesAsync("test");
        }

        public ValueTask DisposeAsync() => Embedded.DisposeAsync();
    }
}
