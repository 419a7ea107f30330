using Gatehouse.Server.Configuration;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Server.Tests.Configuration;

public sealed class SettingsTests
{
    [Fact]
    [Contract("HTT-185")]
    public void An_empty_file_is_the_defaults()
    {
        var settings = Read("{}", out var faults);

        faults.ShouldBeEmpty();
        settings.Server.Urls.ShouldBe(["http://127.0.0.1:8008", "https://127.0.0.1:8443"]);
        (settings.Throttle.FreeAttempts, settings.Throttle.FirstDelaySeconds, settings.Throttle.MaxDelaySeconds, settings.Throttle.LockAfter, settings.Throttle.LockSeconds).ShouldBe((10, 5, 900, 100, 0));
        (settings.Throttle.SourceLimit, settings.Throttle.SourceWindowSeconds).ShouldBe((300, 300));
        (settings.Passwords.MinimumLength, settings.Passwords.Rounds, settings.Passwords.Queue, settings.Passwords.CacheSeconds).ShouldBe((15, 210_000, 32, 60));
        settings.Store.BusySeconds.ShouldBe(5);
        var dialect = settings.ArSystem;
        (dialect.Enabled, dialect.AllowHttp, dialect.SingleComputer, dialect.AllowTakeOver, dialect.AllowGuests, dialect.UseCookie).ShouldBe((true, false, true, false, false, false));
        (dialect.TokenLifetimeSeconds, dialect.TakeOverIntervalSeconds, dialect.UpstreamTimeoutSeconds, dialect.MaximumTimeoutSeconds).ShouldBe((3_600, 900, 120, 1_800));
        (dialect.Issuer, dialect.GuestAccount, dialect.Upstream).ShouldBe((Environment.MachineName, "guest", "echo"));
    }

    [Theory]
    [InlineData("""["10.0.0.0/8","::1"]""")]
    [InlineData("\"10.0.0.0/8, ::1\"")]
    [InlineData("""{"0":"10.0.0.0/8","1":"::1"}""")]
    [Contract("HTT-20", "HTT-185")]
    public void Lists_are_arrays_numbered_or_one_text(string json)
    {
        var settings = Read(Json("TrustedProxies", json), out var faults);

        faults.ShouldBeEmpty();
        settings.Server.TrustedProxies.Contains(System.Net.IPAddress.Parse("10.9.8.7")).ShouldBeTrue();
        settings.Server.TrustedProxies.Contains(System.Net.IPAddress.Parse("::1")).ShouldBeTrue();
        settings.Server.TrustedProxies.Contains(System.Net.IPAddress.Parse("11.0.0.1")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Passwords:MinimumLength", 8, 64)]
    [InlineData("Passwords:Rounds", 210_000, 10_000_000)]
    [InlineData("Passwords:Queue", 0, 1_000)]
    [InlineData("Passwords:CacheSeconds", 0, 300)]
    [InlineData("Throttle:FreeAttempts", 1, 1_000)]
    [InlineData("Throttle:FirstDelaySeconds", 1, 3_600)]
    [InlineData("Throttle:LockAfter", 3, 100)]
    [InlineData("Throttle:LockSeconds", 0, 2_592_000)]
    [InlineData("Throttle:SourceLimit", 10, 1_000_000)]
    [InlineData("Throttle:SourceWindowSeconds", 1, 86_400)]
    [InlineData("Store:BusySeconds", 1, 30)]
    [InlineData("Dialects:ArSystem:TokenLifetimeSeconds", 1, 86_400)]
    [InlineData("Dialects:ArSystem:TakeOverIntervalSeconds", 1, 86_400)]
    [InlineData("Dialects:ArSystem:MaximumTimeoutSeconds", 1, 86_400)]
    [Contract("ARS-124", "HTT-185")]
    public void Whole_numbers_have_the_ranges_of_the_contract(string option, int smallest, int greatest)
    {
        // What another option would forbid is moved out of the way.
        var rest = option switch
        {
            "Throttle:FirstDelaySeconds" => ",\"MaxDelaySeconds\":86400",
            "Dialects:ArSystem:MaximumTimeoutSeconds" => ",\"UpstreamTimeoutSeconds\":1",
            _ => "",
        };
        foreach (var (value, isAllowed) in ((int, bool)[])[(smallest, true), (greatest, true), (smallest - 1, false), (greatest + 1, false)])
        {
            Read(Json(option, $"{value}", rest), out var faults);
            faults.Count.ShouldBe(isAllowed ? 0 : 1, $"{option}={value}: {string.Join(' ', faults)}");
            faults.ShouldAllBe(fault => fault.Option == $"Gatehouse:{option}");
        }

        foreach (var text in (string[])["\"\"", "\"1.0\"", "\"1e2\"", "\" \"", "true"])
        {
            Read(Json(option, text, rest), out var faults);
            faults.ShouldHaveSingleItem($"{option}={text}");
        }
    }

    [Fact]
    [Contract("HTT-185")]
    public void There_are_no_more_lanes_than_cores()
    {
        Read(Json("Passwords:Lanes", $"{Environment.ProcessorCount}"), out var few);
        Read(Json("Passwords:Lanes", $"{Environment.ProcessorCount + 1}"), out var many);
        Read(Json("Passwords:Lanes", "0"), out var none);

        few.ShouldBeEmpty();
        many.ShouldHaveSingleItem().Option.ShouldBe("Gatehouse:Passwords:Lanes");
        none.ShouldHaveSingleItem().Option.ShouldBe("Gatehouse:Passwords:Lanes");
    }

    [Fact]
    [Contract("HTT-185")]
    public void The_longest_delay_is_not_shorter_than_the_first()
    {
        Read("""{"Gatehouse":{"Throttle":{"FirstDelaySeconds":60,"MaxDelaySeconds":30}}}""", out var faults);

        faults.ShouldHaveSingleItem().Option.ShouldBe("Gatehouse:Throttle:MaxDelaySeconds");
    }

    [Theory]
    [InlineData("x", true)]
    [InlineData("ar1.example.com", true)]
    [InlineData("", false)]
    [InlineData("two words", false)]
    [InlineData("quo\\\"te", false)]
    [InlineData("back\\\\slash", false)]
    [InlineData("\u00e4", false)]
    [Contract("ARS-33", "ARS-124")]
    public void An_issuer_is_visible_ascii(string issuer, bool isAllowed)
    {
        Read(Json("Dialects:ArSystem:Issuer", $"\"{issuer}\""), out var faults);

        faults.Count.ShouldBe(isAllowed ? 0 : 1);
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443", true)]
    [InlineData("http://*:80;https://[::1]:443", true)]
    [InlineData("ftp://127.0.0.1", false)]
    [InlineData("https://127.0.0.1/path", false)]
    [InlineData("https://user@127.0.0.1", false)]
    [InlineData("8443", false)]
    public void Urls_are_addresses_without_path(string urls, bool isAllowed)
    {
        Read(Json("Urls", $"\"{urls}\""), out var faults);

        faults.Count.ShouldBe(isAllowed ? 0 : 1);
    }

    [Theory]
    [InlineData("""{"Gatehouse":{"Troottle":{"LockAfter":5}}}""", "Gatehouse:Troottle:LockAfter", "did you mean Gatehouse:Throttle:LockAfter?")]
    [InlineData("""{"Gatehouse":{"Dialects":{"ArSystem":{"UseCookies":true}}}}""", "Gatehouse:Dialects:ArSystem:UseCookies", "did you mean Gatehouse:Dialects:ArSystem:UseCookie?")]
    [InlineData("""{"Gatehouse":{"Dialects":{"Nonsense":{"Enabled":true}}}}""", "Gatehouse:Dialects:Nonsense:Enabled", "")]
    [InlineData("""{"Gatehouse":{"Whatever":"x"}}""", "Gatehouse:Whatever", "")]
    [InlineData("""{"Gatehouse":{"Dialects":{"ArSystem":{"AllowHttp":{"x":true}}}}}""", "Gatehouse:Dialects:ArSystem:AllowHttp:x", "")]
    [Contract("ARS-124", "HTT-185")]
    public void An_unknown_name_is_a_fault_with_a_suggestion_where_one_is_near(string json, string option, string suggestion)
    {
        Read(json, out var faults);

        var fault = faults.First(found => found.Option == option);
        fault.Message.ShouldContain("there is no option of this name");
        fault.Message.ShouldContain(suggestion);
    }

    [Fact]
    [Contract("HTT-185")]
    public void Names_are_read_in_any_letter_case_and_empty_sections_say_nothing()
    {
        Read("""{"gatehouse":{"throttle":{"lockafter":5},"Dialects":{},"TrustedProxies":[]}}""", out var faults).Throttle.LockAfter.ShouldBe(5);

        faults.ShouldBeEmpty();
    }

    [Fact]
    [Contract("HTT-185")]
    public void A_secret_value_is_not_printed()
    {
        Read("""{"Gatehouse":{"Metrics":{"Token":"short secret"},"Keys":{"MasterKey":"not 32 bytes"}}}""", out var faults);

        faults.Count.ShouldBe(2);
        string.Join('\n', faults).ShouldNotContain("short secret");
        string.Join('\n', faults).ShouldNotContain("not 32 bytes");
    }

    private static string Json(string option, string value, string rest = "")
    {
        var parts = option.Split(':');
        return $"{{\"Gatehouse\":{string.Concat(parts[..^1].Select(part => $"{{\"{part}\":"))}{{\"{parts[^1]}\":{value}{rest}}}{new string('}', parts.Length - 1)}}}";
    }

    private static Settings Read(string json, out IReadOnlyList<Gatehouse.Core.Configuration.OptionFault> faults)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("gatehouse.json"), json);
        return Settings.Read(new SettingsSource(directory.File("gatehouse.json"), null, null, null), out faults);
    }
}
