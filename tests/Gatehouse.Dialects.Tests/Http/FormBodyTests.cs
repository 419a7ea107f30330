using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

public sealed class FormBodyTests
{
    [Fact]
    [Contract("ARS-19", "ARS-118", "ATK-80")]
    public void No_bytes_make_it_fail_and_no_form_has_too_many_fields() => Check(body =>
    {
        var fields = FormBody.Parse(body, 5);
        return fields is null || (fields.Count <= 5 && fields.Sum(field => field.Name.Length + field.Value.Length) <= body.Length);
    });

    [Fact]
    [Contract("ARS-16", "ARS-18")]
    public void What_was_encoded_by_the_book_comes_out_as_it_was() => Check(bytes =>
    {
        var name = Escaped(bytes);
        var field = FormBody.Parse(Encoding.ASCII.GetBytes($"n{name}=v{name}"), 1).ShouldNotBeNull().ShouldHaveSingleItem();
        return field.Name.AsSpan(1).SequenceCompareTo(bytes) == 0 && field.Value.AsSpan(1).SequenceCompareTo(bytes) == 0;
    });

    [Theory]
    [InlineData("a=b", "a:b")]
    [InlineData("a=b=c", "a:b=c")]
    [InlineData("a", "a:")]
    [InlineData("=a", ":a")]
    [InlineData("&&a=1&&b=2&", "a:1|b:2")]
    [InlineData("a=1;b=2", "a:1;b=2")]
    [InlineData("a=+%2B+", "a: + ")]
    [InlineData("a=100%sure", "a:100%sure")]
    [InlineData("a=%", "a:%")]
    [InlineData("a=%4", "a:%4")]
    [InlineData("a=%%41", "a:%A")]
    [InlineData("a=%4a%4A%zz", "a:JJ%zz")]
    [InlineData("%61=%3D%26", "a:=&")]
    [Contract("ARS-19")]
    public void Forms_are_read_so(string body, string fields) =>
        string.Join('|', FormBody.Parse(Encoding.ASCII.GetBytes(body), 10)!.Select(field => $"{Encoding.ASCII.GetString(field.Name)}:{Encoding.ASCII.GetString(field.Value)}")).ShouldBe(fields);

    private static string Escaped(byte[] bytes) => string.Concat(bytes.Select(octet => $"%{octet:x2}"));

    private static void Check(Func<byte[], bool> property)
    {
        var tricky = Gen.OneOf(Gen.Elements("%&=+;aA0%%&&=="u8.ToArray()).ArrayOf(), ArbMap.Default.GeneratorFor<byte[]>());
        Prop.ForAll(tricky.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }
}
