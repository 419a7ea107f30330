using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.OperationalIntelligence;

/// <summary>Whatever is sent: never 5xx, and nobody gets in without having a token or a password.</summary>
public sealed class HostileInputTests(OiGates gates)
{
    private const string SomeToken = "8679c57c-6ef2-4695-9774-2b90440447df";

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", "\"tkn\"", ":", ",", $"\"{SomeToken}\"", "\"t\"", "\"all\"", "\"global\"", "true", "null", "1e9", "-", "\"", "\\", "\\u0074", "\\ud800", "\u201c", "\ufeff", "\n",
        " ", "\0", "/*", "é", "\"DEFAULTORG\"",
    ];

    private static readonly string[] FormPieces =
    [
        "grant_type", "username", "password", "refresh_token", "exttoken_requested", "=", "&", "PASSWORD", "REFRESH_TOKEN", "admin", "%", "%4", "%ff", "%00", "+", ";", "é", "\0", "\r\n", SomeToken,
    ];

    [Fact]
    [Contract("OI-74", "OI-75", "OI-76", "OI-77", "ATK-47", "ATK-79")]
    public async Task Bearers_of_any_making()
    {
        var gate = await gates.Default;
        await using var client = await WireClient.ConnectAsync(gate.Server.Http);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Texts(Pieces), text =>
        {
            var status = Exchange(client, OiRequests.Call(OiRequests.Wrapped(text))).Status;
            status.ShouldBe(401);
        }));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Bytes(), bytes =>
            Exchange(client, OiRequests.Call($"Bearer {Convert.ToBase64String(bytes)}")).Status.ShouldBe(401)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Visible(), text => Exchange(client, OiRequests.Call($"Bearer {text}")).Status.ShouldBe(401)));
    }

    [Fact]
    [Contract("OI-23", "OI-24", "OI-28", "ATK-80")]
    public async Task Forms_of_any_making()
    {
        var gate = await gates.Default;
        await using var client = await WireClient.ConnectAsync(gate.Server.Http);

        // An unknown tenant and no usable name: nothing costs a password check that would be right.
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Texts(FormPieces), text =>
            Exchange(client, OiRequests.Token(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)))).Status.ShouldBeOneOf(400, 401)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Bytes(), bytes =>
            Exchange(client, OiRequests.Token(Encoding.Latin1.GetString(bytes))).Status.ShouldBe(400)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Visible(), text => Exchange(client, OiRequests.Token("", $"Basic {text}")).Status.ShouldBeOneOf(400, 401)));
    }

    [Fact]
    [Contract("OI-98", "ATK-47")]
    public async Task Great_numbers_of_fields_and_dots()
    {
        var gate = await gates.Default;
        (await gate.SendAsync(OiRequests.Token(string.Concat(Enumerable.Repeat("a&", 32_768))))).Status.ShouldBe(400);
        (await gate.SendAsync(OiRequests.Call($"Bearer {new string('.', 60_000)}"))).Status.ShouldBe(401);
        (await gate.SendAsync(OiRequests.Call($"Bearer {new string('A', 100_000)}"))).Status.ShouldBe(401);
    }

    private static Arbitrary<string> Texts(string[] pieces) =>
        (from length in Gen.Choose(0, 12) from chosen in Gen.Elements(pieces).ListOf(length) select string.Concat(chosen)).ToArbitrary();

    private static Arbitrary<byte[]> Bytes() => (from length in Gen.Choose(0, 60) from bytes in Gen.Choose(0, 255).ListOf(length) select bytes.Select(value => (byte)value).ToArray()).ToArbitrary();

    private static Arbitrary<string> Visible() => (from length in Gen.Choose(1, 60) from characters in Gen.Choose('!', '~').ListOf(length) select string.Concat(characters.Select(code => (char)code))).ToArbitrary();

    // The checker is not asynchronous.
    private static WireAnswer Exchange(WireClient client, string request) => Task.Run(async () =>
    {
        await client.SendAsync(request);
        return await client.ReadAnswerAsync();
    }).GetAwaiter().GetResult();
}
