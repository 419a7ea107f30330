using Gatehouse.Core.SignIn;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

[Contract("HTT-64", "MIC-96")]
public sealed class HalfOpenHandshakeTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly Handshake _handshake = new();

    public void Dispose() => _handshake.Dispose();

    [Fact]
    public void Within_a_minute_it_goes_on()
    {
        var halfOpen = new HalfOpenHandshake(_handshake, "door", _clock);
        _clock.Advance(TimeSpan.FromSeconds(59.9));
        halfOpen.Continue("door").ShouldBe(_handshake);
        _clock.Advance(TimeSpan.FromMinutes(5));
        _handshake.IsDisposed.ShouldBeFalse();
    }

    [Fact]
    public void After_a_minute_it_is_over_whether_or_not_anybody_comes_back()
    {
        var halfOpen = new HalfOpenHandshake(_handshake, "door", _clock);
        _clock.Advance(TimeSpan.FromSeconds(60));
        _handshake.IsDisposed.ShouldBeTrue();
        halfOpen.Continue("door").ShouldBeNull();
    }

    [Fact]
    public void Another_door_does_not_go_on_with_it()
    {
        new HalfOpenHandshake(_handshake, "door", _clock).Continue("another").ShouldBeNull();
        _handshake.IsDisposed.ShouldBeTrue();
    }

    private sealed class Handshake : IHandshake
    {
        public bool IsDisposed { get; private set; }

        public Principal? ClaimIn(ReadOnlySpan<byte> token) => null;

        public ValueTask<HandshakeAnswer> NextAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => new(HandshakeAnswer.Refused);

        public void Dispose() => IsDisposed = true;
    }
}
