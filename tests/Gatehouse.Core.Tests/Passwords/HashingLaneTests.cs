using Gatehouse.Core.Passwords;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests.Passwords;

[Contract("HTT-83")]
public sealed class HashingLaneTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 3)]
    public async Task Lane_takes_exactly_its_capacity_and_then_nothing(int lanes, int queue)
    {
        using var lane = new HashingLane(new PasswordOptions { Lanes = lanes, Queue = queue });
        using var gate = new ManualResetEventSlim();
        var running = new List<Task<int>>();
        for (var i = 0; i < lanes + queue; i++)
        {
            lane.TryRun(() => Wait(gate), out var result).ShouldBeTrue();
            running.Add(result!);
        }

        lane.TryRun(() => 0, out var refused).ShouldBeFalse();
        refused.ShouldBeNull();
        gate.Set();

        (await Task.WhenAll(running)).ShouldAllBe(result => result == 1);
    }

    [Fact]
    public async Task Room_is_free_again_by_the_time_that_the_result_is_known()
    {
        using var lane = new HashingLane(new PasswordOptions { Lanes = 1, Queue = 0 });

        for (var i = 0; i < 500; i++)
        {
            lane.TryRun(() => i, out var result).ShouldBeTrue();
            (await result!).ShouldBe(i);
        }
    }

    [Fact]
    public async Task Hashing_that_fails_frees_its_place_and_says_so()
    {
        using var lane = new HashingLane(new PasswordOptions { Lanes = 1, Queue = 0 });

        lane.TryRun<int>(() => throw new InvalidTimeZoneException(), out var failed).ShouldBeTrue();
        await Should.ThrowAsync<InvalidTimeZoneException>(failed!);

        lane.TryRun(() => 7, out var next).ShouldBeTrue();
        (await next!).ShouldBe(7);
    }

    [Fact]
    public async Task Flood_from_many_threads_never_exceeds_the_lanes()
    {
        const int Lanes = 2;
        using var lane = new HashingLane(new PasswordOptions { Lanes = Lanes, Queue = 1000 });
        var (running, most) = (0, 0);
        var gate = new Lock();

        var hashed = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () => lane.TryRun(Hash, out var result) && await result)));

        hashed.ShouldAllBe(done => done);
        most.ShouldBeInRange(1, Lanes);

        bool Hash()
        {
            lock (gate)
            {
                running++;
                most = Math.Max(most, running);
            }

            Thread.Yield();
            lock (gate)
            {
                running--;
            }

            return true;
        }
    }

    private static int Wait(ManualResetEventSlim gate)
    {
        gate.Wait();
        return 1;
    }
}
