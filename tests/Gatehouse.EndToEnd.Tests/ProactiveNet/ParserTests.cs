using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.ProactiveNet;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ProactiveNet;

/// <summary>The dialect's three parsers, and its fault writer, without a server.</summary>
public sealed class ParserTests
{
    private static readonly string[] Scraps =
        ["username", "password", "tenantName", "authToken", "=", "&", "%", "%4", "%ff", "+", " ", ";", "\"", "{", "}", "[", "]", ":", ",", "\\", "\\u", "\\ud800", "0", "null", "true", "x", "\n", "é", "loginExpiryInterval_hrs", "!", "#", "\\\n", "12", "\t"];

    internal static Arbitrary<byte[]> Noise => Gen.OneOf(
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(),
        Gen.Elements(Scraps).ListOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)))).ToArbitrary();

    [Theory]
    [Contract("PN-38", "PN-39", "PN-40", "PN-41", "PN-42")]
    [InlineData("loginExpiryInterval_hrs=12")]
    [InlineData("loginExpiryInterval_hrs = 12")]
    [InlineData("loginExpiryInterval_hrs:12")]
    [InlineData("loginExpiryInterval_hrs 12")]
    [InlineData("loginExpiryInterval_hrs\t12")]
    [InlineData("\t \floginExpiryInterval_hrs\f=\f\t12 \t\f")]
    [InlineData("loginExpiryInterval_hrs=\\\n12")]
    [InlineData("\u00ef\u00bb\u00bfloginExpiryInterval_hrs=12")]
    [InlineData("a=b\rloginExpiryInterval_hrs=12\rb=c")]
    [InlineData("a=b\r\n\r\n   \r\nloginExpiryInterval_hrs=12\r\n")]
    [InlineData("# loginExpiryInterval_hrs=1\\\nloginExpiryInterval_hrs=12\n  ! loginExpiryInterval_hrs=3\\")]
    [InlineData("loginExpiryInterval_\\\n  hrs=1\\\n 2")]
    [InlineData("loginExpiryInterval_\\\r\n\thrs=1\\\r\n2")]
    [InlineData("loginExpiryInterval_hrs=\\u0031\\u00322\nloginExpiryInterval_hrs=\\u0031\\u0032")]
    [InlineData("login\\u0045xpiryInterval\\_hrs=1\\2")]
    [InlineData("loginExpiryInterval_hrs=0\nloginExpiryInterval_hrs=12")]
    [InlineData("other=ends in two\\\\\nloginExpiryInterval_hrs=12")]
    [InlineData("path=C:\\\\pw\\\\pronto\\\nloginExpiryInterval_hrs=1\nloginExpiryInterval_hrs=012")]
    [InlineData("login\\=x=3\nloginExpiryInterval_hrs=12\\")]
    public void Twelve_in_every_spelling_is_twelve(string text) => Read(text).ShouldBe(new LoginExpiry(12));

    [Theory]
    [Contract("PN-43", "PN-44", "PN-31")]
    [InlineData("", null)]
    [InlineData("allowSingleEventBodyInCreate=true\nother\n=\n:x", null)]
    [InlineData("#loginExpiryInterval_hrs=12", null)]
    [InlineData("x\nLoginExpiryInterval_hrs=12", 2)]
    [InlineData("loginexpiryinterval_HRS=no number", 1)]
    public void Without_the_key_the_default_holds(string text, int? misspeltAt)
    {
        Read(text).ShouldBe(new LoginExpiry(null, misspeltAt));
        new ProactiveNetOptions().LifeWith(Read(text)).ShouldBe(TimeSpan.FromHours(24));
    }

    [Theory]
    [Contract("PN-45")]
    [InlineData("loginExpiryInterval_hrs=0", "line 1", "'0'")]
    [InlineData("\nloginExpiryInterval_hrs=-1", "line 2", "'-1'")]
    [InlineData("loginExpiryInterval_hrs=12.5", "line 1", "'12.5'")]
    [InlineData("loginExpiryInterval_hrs=24h", "line 1", "'24h'")]
    [InlineData("a=b\r\n# c\r\nloginExpiryInterval_hrs=24 # day", "line 3", "'24 # day'")]
    [InlineData("loginExpiryInterval_hrs=", "line 1", "''")]
    [InlineData("loginExpiryInterval_hrs", "line 1", "''")]
    [InlineData("loginExpiryInterval_hrs=8761", "line 1", "8760")]
    [InlineData("loginExpiryInterval_hrs=99999999999999999999", "line 1", "8760")]
    [InlineData("loginExpiryInterval_hrs=+1", "line 1", "'+1'")]
    [InlineData("loginExpiryInterval_hrs=\\u0661", "line 1", "8760")]
    [InlineData("loginExpiryInterval_hrs=\\u12G4", "line 1", "four hex digits")]
    [InlineData("x=1\ny=\\u12", "line 2", "four hex digits")]
    public void Bad_value_is_named_with_its_line_and_remedy(string text, string line, string what)
    {
        var fault = Read(text).Fault.ShouldNotBeNull();
        fault.ShouldContain("'conf/bppmws.properties', " + line);
        fault.ShouldContain(what);
    }

    [Fact]
    [Contract("PN-45")]
    public void Properties_parser_takes_any_bytes() => Prop.ForAll(Noise, bytes =>
    {
        var read = LoginExpiry.Read("x", bytes);
        return (read.Fault is null || read.Hours is null) && read.Hours is null or (>= 1 and <= 8_760);
    }).QuickCheckThrowOnFailure();

    [Fact]
    [Contract("PN-38", "PN-41")]
    public void Escaped_properties_come_back_as_they_were() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((key, value) =>
        {
            var text = $"{Escape(key.Get)}={Escape(value.Get)}\n";
            JavaProperties.Read(Encoding.Latin1.GetBytes(text), out var entries).ShouldBeNull();
            return entries.Single() == new JavaProperty(key.Get, value.Get, 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Contract("PN-18", "PN-24", "PN-25")]
    public void Form_parser_takes_any_bytes() => Prop.ForAll(Noise, bytes => IsWellAnswered(bytes, ProactiveNetDesk.Form)).QuickCheckThrowOnFailure();

    [Fact]
    [Contract("PN-85")]
    public void Json_parser_takes_any_bytes() => Prop.ForAll(Noise, bytes => IsWellAnswered(bytes, "application/json")).QuickCheckThrowOnFailure();

    [Theory]
    [Contract("PN-106", "PN-98")]
    [InlineData(UnforeseenFault.Internal, 500, "Internal Server Error")]
    [InlineData(UnforeseenFault.StoreUnavailable, 503, "Service Unavailable")]
    [InlineData(UnforeseenFault.TooLarge, 413, "Request Entity Too Large")]
    public async Task Faults_of_ours_have_the_dialects_shape_and_no_detail(UnforeseenFault fault, int status, string message)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await new ProactiveNetAnswers(new ManualClock()).WriteFaultAsync(context, fault);
        context.Response.StatusCode.ShouldBe(status);
        Encoding.UTF8.GetString(body.ToArray()).ShouldBe($$"""{"response":{"status":"FAILED","authPassed":false},"statusCode":"{{status}}","statusMsg":"{{message}}","responseTimeStamp":"2026-05-01T12:00:00"}""");
    }

    /// <summary>Fields, or a fault of the caller's; never an exception.</summary>
    private static bool IsWellAnswered(byte[] bytes, string type)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = type;
        context.Request.Body = new MemoryStream(bytes);
        var reading = SignInFields.ReadAsync(context, SignInFields.Names, takesJson: true).AsTask();
        reading.IsCompletedSuccessfully.ShouldBeTrue();
#pragma warning disable RS0030 // It is complete.
        var (fields, error) = reading.Result;
#pragma warning restore RS0030
        return error is null ? fields is not null : error.Status is >= 400 and < 500;
    }

    private static LoginExpiry Read(string text) => LoginExpiry.Read("conf/bppmws.properties", Encoding.Latin1.GetBytes(text));

    private static string Escape(string text) =>
        string.Concat(text.Select(unit => unit is > ' ' and < '\u007f' and not ('=' or ':' or '#' or '!' or '\\') ? unit.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}")));
}
