using System.Security.Cryptography;
using Gatehouse.Core.Keys;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Tests.Support;
using Gatehouse.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Core.Tests.Keys;

[Contract("HTT-170")]
public sealed class KeyRingTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly byte[] Master = RandomNumberGenerator.GetBytes(SealingKey.ByteLength);

    private readonly TestStore _state = new();
    private IStore _store = null!;

    private DateTimeOffset Now => _state.Clock.GetUtcNow();

    public async ValueTask InitializeAsync() => _store = await _state.OpenAsync();

    public ValueTask DisposeAsync() => _state.DisposeAsync();

    [Fact]
    public void Ring_that_was_not_loaded_signs_nothing() => Should.Throw<InvalidOperationException>(() => NewRing(_store).Signing);

    [Fact]
    public async Task First_key_signs_at_once()
    {
        var ring = await LoadAsync(_store);

        var key = ring.Keys.ShouldHaveSingleItem();
        ring.Signing.ShouldBe(key);
        key.StateAt(Now).ShouldBe(KeyState.Active);
        key.Material.Length.ShouldBe(32);
    }

    [Fact]
    public async Task Key_is_announced_then_active_then_retired_then_dead()
    {
        var ring = await LoadAsync(_store);
        var first = ring.Signing;

        // A day before the first key's 90 days are over its successor is announced.
        await AdvanceAsync(ring, 88.9 * Day);
        ring.Keys.Length.ShouldBe(1);
        await AdvanceAsync(ring, 0.2 * Day);
        ring.Keys.Length.ShouldBe(2);
        var second = ring.Keys[1];
        second.StateAt(Now).ShouldBe(KeyState.Announced);
        ring.Signing.Id.ShouldBe(first.Id);

        await AdvanceAsync(ring, Day);
        second.StateAt(Now).ShouldBe(KeyState.Active);
        ring.Signing.Id.ShouldBe(second.Id);
        ring.Keys[0].Id.ShouldBe(first.Id);
        ring.Keys[0].StateAt(Now).ShouldBe(KeyState.Retired);

        await AdvanceAsync(ring, TimeSpan.FromHours(1));
        ring.Keys.ShouldHaveSingleItem().Id.ShouldBe(second.Id);
        (await _store.Keys.ListAsync("test", default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task New_key_is_known_for_a_day_before_it_signs_even_if_nobody_looked_in_time()
    {
        var ring = await LoadAsync(_store);
        var first = ring.Signing;

        await AdvanceAsync(ring, 200 * Day);

        ring.Signing.Id.ShouldBe(first.Id);
        ring.Keys[1].StateAt(Now + Day - TimeSpan.FromTicks(1)).ShouldBe(KeyState.Announced);
        ring.Keys[1].StateAt(Now + Day).ShouldBe(KeyState.Active);
    }

    [Fact]
    public async Task Ring_signs_at_every_moment_of_a_year_with_what_was_announced_a_day_before()
    {
        var ring = await LoadAsync(_store);
        var known = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal) { [ring.Signing.Id] = Now - Day };
        var used = new HashSet<string>(StringComparer.Ordinal);
        for (var day = 0; day < 365; day++)
        {
            await AdvanceAsync(ring, Day);
            foreach (var key in ring.Keys)
            {
                known.TryAdd(key.Id, Now);
            }

            (Now - known[ring.Signing.Id]).ShouldBeGreaterThanOrEqualTo(Day);
            used.Add(ring.Signing.Id);
        }

        used.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Rotation_by_hand_retires_the_active_key_after_a_day()
    {
        var ring = await LoadAsync(_store);
        var first = ring.Signing.Id;

        await ring.RotateAsync(default);
        ring.Signing.Id.ShouldBe(first);
        await AdvanceAsync(ring, Day);

        ring.Signing.Id.ShouldNotBe(first);
        ring.Keys.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Two_nodes_that_make_the_first_key_at_once_have_the_same_one()
    {
        var other = await _state.OpenAsync();
        var rings = Enumerable.Range(0, 6).Select(i => NewRing(i % 2 == 0 ? _store : other)).ToList();

        await Task.WhenAll(rings.Select(ring => Task.Run(() => ring.RefreshAsync(default).AsTask())));

        rings.Select(ring => ring.Signing.Id).Distinct().Count().ShouldBe(1);
        rings.Select(ring => Convert.ToHexString(ring.Signing.Material.Span)).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Two_nodes_that_find_a_key_due_at_once_announce_one()
    {
        var other = await _state.OpenAsync();
        var rings = new[] { await LoadAsync(_store), await LoadAsync(other) };
        _state.Clock.Advance(89.5 * Day);

        await Task.WhenAll(rings.Select(ring => Task.Run(() => ring.RefreshAsync(default).AsTask())));

        rings[0].Keys.Select(key => key.Id).ShouldBe(rings[1].Keys.Select(key => key.Id));
        rings[0].Keys.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Key_sealed_under_another_master_key_is_an_error_and_is_not_replaced()
    {
        var ring = await LoadAsync(_store);
        using var wrong = new MasterKey(new byte[SealingKey.ByteLength]);
        var stranger = new KeyRing(Policy, _store, wrong, _state.Clock, NullLogger<KeyRing>.Instance);

        await Should.ThrowAsync<CryptographicException>(() => stranger.RefreshAsync(default).AsTask());

        (await _store.Keys.ListAsync("test", default)).ShouldHaveSingleItem().Id.ShouldBe(ring.Signing.Id);
    }

    [Fact]
    public async Task Material_in_the_store_is_sealed()
    {
        var ring = await LoadAsync(_store);

        var stored = (await _store.Keys.ListAsync("test", default)).ShouldHaveSingleItem();

        Convert.ToHexString(stored.Material).ShouldNotContain(Convert.ToHexString(ring.Signing.Material.Span));
    }

    private static KeyPolicy Policy => new()
    {
        Purpose = "test",
        Make = () => RandomNumberGenerator.GetBytes(32),
        Lifetime = 90 * Day,
        VerifyAfter = TimeSpan.FromHours(1),
    };

    private KeyRing NewRing(IStore store) => new(Policy, store, new MasterKey(Master), _state.Clock, NullLogger<KeyRing>.Instance);

    private async Task<KeyRing> LoadAsync(IStore store)
    {
        var ring = NewRing(store);
        await ring.RefreshAsync(default);
        return ring;
    }

    private async Task AdvanceAsync(KeyRing ring, TimeSpan by)
    {
        _state.Clock.Advance(by);
        await ring.RefreshAsync(default);
    }
}
