namespace Gatehouse.Gateway.Forwarding;

/// <summary>
/// One server behind the gate, and how it has been doing. Nobody asks it for its health: requests show it. After
/// <see cref="FailuresBeforeRest"/> failures in a row it rests for <see cref="Rest"/>, which only means that others are asked first.
/// </summary>
/// <param name="address">Absolute URL; its path is put before the request's.</param>
/// <param name="clock">Measures the rest.</param>
public sealed class UpstreamTarget(Uri address, TimeProvider clock)
{
    /// <summary>Failures in a row after which it rests.</summary>
    public const int FailuresBeforeRest = 3;

    private long _restsUntil = long.MinValue;
    private int _failures;

    /// <summary>How long it rests.</summary>
    public static TimeSpan Rest { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Scheme and authority, for logs.</summary>
    public string Name { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>Scheme, authority and base path, without slash at its end.</summary>
    public string Prefix { get; } = address.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <summary>A client of its own, where it needs one: with a credential of the gate's; null: that of all.</summary>
    public HttpMessageInvoker? Client { get; init; }

    /// <summary>Whether others are to be asked first.</summary>
    public bool IsResting => clock.GetTimestamp() < Interlocked.Read(ref _restsUntil);

    /// <summary>Notes how a request ended. A late answer and one that cannot be passed on are failures, too.</summary>
    public void Note(ForwardError error)
    {
        if (error == ForwardError.None)
        {
            Interlocked.Exchange(ref _failures, 0);
        }
        else if (Interlocked.Increment(ref _failures) >= FailuresBeforeRest)
        {
            Interlocked.Exchange(ref _restsUntil, clock.GetTimestamp() + (long)(Rest.TotalSeconds * clock.TimestampFrequency));
        }
    }
}
