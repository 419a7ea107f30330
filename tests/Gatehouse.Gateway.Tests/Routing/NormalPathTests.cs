using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Gateway.Routing;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Gateway.Tests.Routing;

public sealed class NormalPathTests
{
    // Pieces of which tricky paths are made; arbitrary text seldom holds two of them.
    private static readonly string[] Pieces =
    [
        "/", "//", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C", ";", ";x=1", "a", "api", "arsys", "%61", "%25", "%252e", "%", "%2", "%zz", "%00", "%1f", "%7F", "%C3%BC", "%c3",
        "%bc", "%C0%AE", "%ED%A0%80", "\\", "#", "?", "?q=../x", " ", "\t", "\u0000", "\u00fc", "~", "-", "_", ":", "@", "+", "*", "http://host", "http://host/", "://", "://x/..",
    ];

    private static readonly Arbitrary<string> Tricky =
        Gen.OneOf(Gen.Elements(Pieces).ListOf().Select(pieces => "/" + string.Concat(pieces)), Gen.Elements(Pieces).ListOf().Select(string.Concat), ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""))
            .ToArbitrary();

    [Fact]
    [Contract("HTT-2", "HTT-4")]
    public void No_target_makes_it_fail() => Check(target => NormalPath.TryRead(target, out _) || true);

    [Fact]
    [Contract("HTT-2")]
    public void What_is_normal_stays_as_it_is() => Check(target =>
        !NormalPath.TryRead(target, out var normal) || (NormalPath.TryRead(normal, out var again) && again == normal));

    [Fact]
    [Contract("HTT-2", "HTT-3", "HTT-4", "ATK-25")]
    public void A_normal_form_holds_nothing_to_normalise() => Check(target =>
        !NormalPath.TryRead(target, out var normal)
        || (normal.StartsWith('/')
            && !normal.Contains("//", StringComparison.Ordinal)
            && !normal.AsSpan().ContainsAny("\\#? ")
            && !normal.AsSpan().ContainsAnyExceptInRange('!', '~')
            && Array.TrueForAll(normal.Split('/'), segment => segment is not ("." or ".."))
            && EscapesAreUpperCaseAndNeeded(normal)));

    [Fact]
    [Contract("HTT-3", "ATK-25")]
    public void However_often_it_is_decoded_once_more_no_way_up_appears_that_we_did_not_see() => Check(target =>
    {
        if (!NormalPath.TryRead(target, out var normal))
        {
            return true;
        }

        // A server that takes escaped separators for separators, or drops what follows a ';', walks up nowhere.
        var other = normal.Replace("%2F", "/", StringComparison.Ordinal).Replace("%5C", "/", StringComparison.Ordinal);
        return Array.TrueForAll(other.Split('/'), segment => segment is not ("." or "..") && segment.Split(';')[0] is not ("." or ".."));
    });

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b?c=../d", "/a/b")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/../../a", "/a")]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/%61%2d%7e/%3a%2f%c3%bc", "/a-~/%3A%2F%C3%BC")]
    [InlineData("/%2e%2E/a", "/a")]
    [InlineData("/a;b/c", "/a;b/c")]
    [InlineData("/...", "/...")]
    [InlineData("/a..b", "/a..b")]
    [InlineData("/%252e", "/%252e")]
    [InlineData("http://host", "/")]
    [InlineData("http://host/a?b", "/a")]
    [InlineData("https://user@host:1/a/../b", "/b")]
    [Contract("HTT-2", "HTT-5", "HTT-6")]
    public void These_are_the_normal_forms(string target, string normal)
    {
        NormalPath.TryRead(target, out var path).ShouldBeTrue();
        path.ShouldBe(normal);
    }

    private static bool EscapesAreUpperCaseAndNeeded(string path)
    {
        for (var at = path.IndexOf('%', StringComparison.Ordinal); at >= 0; at = path.IndexOf('%', at + 1))
        {
            var hex = path.Substring(at + 1, 2);
            var character = (char)Convert.FromHexString(hex)[0];
            if (hex.AsSpan().ContainsAnyInRange('a', 'f') || char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' or '~' || character < ' ' || character == '\u007f')
            {
                return false;
            }
        }

        return true;
    }

    private static void Check(Func<string, bool> property) => Prop.ForAll(Tricky, property).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
}
