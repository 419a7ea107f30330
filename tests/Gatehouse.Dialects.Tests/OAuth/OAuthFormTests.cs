using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.OAuth;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.OAuth;

public sealed class OAuthFormTests
{
    [Fact]
    [Contract("HTT-135", "HTT-138")]
    public void What_was_encoded_is_read_back_and_empty_is_absent()
    {
        var (form, error) = OAuthForm.Parse("a=x+y%2B&%62=%C3%A4&&c=&d&e==1"u8);

        error.ShouldBeNull();
        (form!["a"], form["b"], form["c"], form["d"], form["e"], form["f"]).ShouldBe(("x y+", "ä", null, null, "=1", null));
    }

    [Fact]
    [Contract("HTT-135", "ATK-79", "ATK-80")]
    public void Any_body_is_read_or_refused_and_no_name_has_two_values() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(
            Gen.Elements("a", "b", "=", "&", "%", "%6", "%61", "+", "%ff", "%C3%A4", ";", "%00").ArrayOf().Select(string.Concat).ToArbitrary(),
            body =>
            {
                var (form, error) = OAuthForm.Parse(Encoding.ASCII.GetBytes(body));
                (form is null).ShouldBe(error is not null);
                if (form is not null)
                {
                    var names = body.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(field => Uri.UnescapeDataString(field.Split('=')[0].Replace('+', ' '))).ToList();
                    names.Distinct(StringComparer.Ordinal).Count().ShouldBe(names.Count);
                }
            }));
}
