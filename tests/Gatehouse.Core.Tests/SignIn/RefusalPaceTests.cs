using Gatehouse.Core.SignIn;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.SignIn;

/// <summary>Refusals take the time of the slowest kind of refusal, whoever refused.</summary>
public sealed class RefusalPaceTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    [Contract("HTT-85", "ATK-10")]
    public async Task Quick_refusal_waits_for_what_a_slow_one_took()
    {
        var pace = NewPace(new TestDirectory("corp"));
        await RefuseAsync(pace, RefusedBy.Local, TimeSpan.FromMilliseconds(150));

        var quick = RefuseAsync(pace, RefusedBy.External, TimeSpan.FromMilliseconds(10));

        quick.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(139));
        quick.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await quick;
    }

    [Fact]
    [Contract("HTT-85")]
    public async Task Slow_directory_slows_refusals_by_two_seconds_at_most()
    {
        var pace = NewPace(new TestDirectory("corp"));
        await RefuseAsync(pace, RefusedBy.External, TimeSpan.FromSeconds(30));

        var local = RefuseAsync(pace, RefusedBy.Local, TimeSpan.FromMilliseconds(150));
        _clock.Advance(TimeSpan.FromMilliseconds(1_850));

        await local;
    }

    [Fact]
    public async Task Nothing_waits_where_there_is_no_external_authority()
    {
        var pace = NewPace();
        await RefuseAsync(pace, RefusedBy.Local, TimeSpan.FromMilliseconds(150));

        RefuseAsync(pace, RefusedBy.Nobody, TimeSpan.FromMilliseconds(1)).IsCompleted.ShouldBeTrue();
    }

    private RefusalPace NewPace(params IPasswordAuthority[] authorities) => new(new AuthorityOrder(authorities, new AuthorityOptions()), _clock);

    private Task RefuseAsync(RefusalPace pace, RefusedBy by, TimeSpan taken)
    {
        var started = _clock.GetTimestamp();
        _clock.Advance(taken);
        return pace.HoldAsync(by, started);
    }
}
