using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

/// <summary>Contract http-and-tokens, sections 3 and 4: the parsers that every dialect with these schemes uses.</summary>
public sealed class CredentialParserTests
{
    [Theory]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame")]
    [InlineData("basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame")]
    [InlineData("  bAsIc    QWxhZGRpbjpvcGVuIHNlc2FtZQ==  ", "Aladdin", "open sesame")]
    [InlineData("Basic YTpiOmM6", "a", "b:c:")]
    [InlineData("Basic Og==", "", "")]
    [InlineData("Basic YTo=", "a", "")]
    [InlineData("Basic 77u/YTpi", "\ufeffa", "b")]
    [InlineData("Basic w7w6w7w=", "\u00fc", "\u00fc")]
    [Contract("HTT-40", "HTT-43", "HTT-45", "HTT-46", "HTT-48", "HTT-50")]
    public void These_basic_credentials_are_read(string value, string name, string password)
    {
        var credentials = BasicCredentials.Read(value).ShouldNotBeNull();

        (credentials.Name, credentials.Password).ShouldBe((name, password));
        credentials.ToString().ShouldNotContain("sesame");
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic\tYTpi")]
    [InlineData("Basic,YTpi")]
    [InlineData("Basic:YTpi")]
    [InlineData("xBasic YTpi")]
    [InlineData("Basicx YTpi")]
    [InlineData("BasicYTpi")]
    [InlineData("Basic YTpi YTpi")]
    [InlineData("Basic YTpi, Basic YTpi")]
    [InlineData("Basic YTpi;charset=utf-8")]
    [InlineData("Basic \"YTpi\"")]
    [InlineData("Basic YTo")]
    [InlineData("Basic YTo==")]
    [InlineData("Basic YT=pi")]
    [InlineData("Basic YTp=")]
    [InlineData("Basic YTr=")]
    [InlineData("Basic YTpi\t")]
    [InlineData("Basic YT\npi")]
    [InlineData("Basic YTpiY")]
    [InlineData("Basic _-__")]
    [InlineData("Basic YWI=")]
    [InlineData("Basic Yf86")]
    [InlineData("Basic wK46YQ==")]
    [InlineData("Basic 7aCAOmE=")]
    [InlineData("Basic YQA6Yg==")]
    [InlineData("Basic YTpiAA==")]
    [InlineData("Basic YTpiCg==")]
    [InlineData("Basic wpU6YQ==")]
    [InlineData("Bearer YTpi")]
    [InlineData("")]
    [Contract("HTT-41", "HTT-42", "HTT-44", "HTT-45", "HTT-47", "HTT-49", "HTT-54")]
    public void These_basic_credentials_are_refused(string value) => BasicCredentials.Read(value).ShouldBeNull();

    [Theory]
    [InlineData(256, 1_024, true)]
    [InlineData(257, 1, false)]
    [InlineData(1, 1_025, false)]
    [InlineData(1, 20_000, false)]
    [Contract("HTT-9", "HTT-51")]
    public void Lengths_are_those_of_code_points(int name, int password, bool isRead)
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F511", name)) + ":" + string.Concat(Enumerable.Repeat("\u00fc", password));

        (BasicCredentials.Read("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(text))) is not null).ShouldBe(isRead);
    }

    [Fact]
    [Contract("HTT-44", "HTT-45")]
    public void One_credential_has_one_spelling() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var encoded = Convert.ToBase64String(bytes);
            var read = BasicCredentials.ReadEncoded(encoded);
            return read is null || Convert.ToBase64String(Encoding.UTF8.GetBytes($"{read.Name}:{read.Password}")) == encoded;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("BEARER    a-._~+/9==", "a-._~+/9==")]
    [InlineData(" bearer a ", "a")]
    [Contract("HTT-57")]
    public void These_bearer_tokens_are_read(string value, string token) => BearerToken.Read(value).ShouldBe(token);

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer =")]
    [InlineData("Bearer a b")]
    [InlineData("Bearer a,b")]
    [InlineData("Bearer a=b")]
    [InlineData("Bearer \"a\"")]
    [InlineData("Bearer\ta")]
    [InlineData("Bearera")]
    [InlineData("Bearer \u00fc")]
    [InlineData("Basic a")]
    [Contract("HTT-58", "HTT-54")]
    public void These_bearer_tokens_are_refused(string value) => BearerToken.Read(value).ShouldBeNull();

    [Fact]
    [Contract("HTT-35", "ATK-47")]
    public void No_text_makes_a_parser_fail() =>
        Prop.ForAll<string?>(text =>
        {
            foreach (var value in (string[])[text ?? "", $"Basic {text}", $"Bearer {text}", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(text ?? ""))}"])
            {
                BasicCredentials.Read(value);
                BearerToken.Read(value);
                JsonMembers.Read(Encoding.UTF8.GetBytes(value), 8);
                JsonMembers.Read(Encoding.UTF8.GetBytes($"{{\"a\":{value}}}"), 8);
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
}
