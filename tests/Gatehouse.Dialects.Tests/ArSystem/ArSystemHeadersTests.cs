using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.Dialects.Tests.ArSystem;

public sealed class ArSystemHeadersTests
{
    private static readonly string[] Names =
    [
        "X-AR-Client-Type", "X-AR-RPC-Queue", "X-AR-Timeout", "X-AR-Trace-Id", "X-AR-TR-Core-Id", "X-AR-TR-Counter", "X-AR-TR-Is-Counter-Locked", "X_AR_Impersonated_User", "X-AR_Timeout", "Connection",
    ];

    private static readonly string[] Values =
        ["", " ", "0", "1", "9", "00000000001", "2147483648", "99999999999999999999", "390600", "390694", "390695", "true", "TRUE", "-1", "1e3", "\u0661", "a,b", "X-AR-Timeout", "\u0000", "keep-alive"];

    [Fact]
    [Contract("ARS-91", "ARS-92", "ARS-93", "ARS-94", "ARS-96", "ARS-97")]
    public void Whatever_is_sent_it_is_good_or_a_400_and_nothing_folded_goes_on()
    {
        var values = Gen.OneOf(Gen.Elements(Values), ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")).ArrayOf();
        var headers = Gen.Elements(Names).SelectMany(_ => values, (name, several) => (Name: name, Values: several)).ListOf();
        Prop.ForAll(headers.ToArbitrary(), sent =>
        {
            var dictionary = new HeaderDictionary();
            foreach (var (name, several) in sent)
            {
                dictionary[name] = several;
            }

            var error = ArSystemHeaders.Check(dictionary, out var timeout);
            return error is not null
                ? error.Status == 400 && Array.Exists(Names, name => name == error.Appended)
                : timeout is not { TotalSeconds: < 1 } && dictionary.Keys.All(name => !name.Contains('_', StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Theory]
    [InlineData("X-AR-Trace-Id", "abc!~", true)]
    [InlineData("X-AR-Trace-Id", "", false)]
    [InlineData("X-AR-Trace-Id", "a b", false)]
    [InlineData("X-AR-Trace-Id", "\u00fc", false)]
    [InlineData("X-AR-TR-Core-Id", "x", true)]
    [InlineData("X-AR-TR-Counter", "1234567890", true)]
    [InlineData("X-AR-TR-Counter", "12345678901", false)]
    [InlineData("X-AR-TR-Counter", "+1", false)]
    [InlineData("X-AR-TR-Is-Counter-Locked", "true", true)]
    [InlineData("X-AR-TR-Is-Counter-Locked", "false", true)]
    [InlineData("X-AR-TR-Is-Counter-Locked", "True", false)]
    [Contract("ARS-94")]
    public void A_bad_trace_header_is_dropped_and_a_good_one_goes_on(string name, string value, bool goesOn)
    {
        var headers = new HeaderDictionary { [name] = value };

        ArSystemHeaders.Check(headers, out _).ShouldBeNull();

        headers.ContainsKey(name).ShouldBe(goesOn);
    }

    [Fact]
    [Contract("ARS-94")]
    public void A_trace_id_has_up_to_128_characters_and_comes_once()
    {
        var headers = new HeaderDictionary { ["X-AR-Trace-Id"] = new string('x', 128), ["X-AR-TR-Core-Id"] = new string('x', 129), ["X-AR-TR-Counter"] = new[] { "1", "1" } };

        ArSystemHeaders.Check(headers, out _).ShouldBeNull();

        headers.Keys.ShouldBe(["X-AR-Trace-Id"]);
    }
}
