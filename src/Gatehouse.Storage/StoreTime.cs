namespace Gatehouse.Storage;

/// <summary>Times as stores keep them: milliseconds since 1970, UTC.</summary>
internal static class StoreTime
{
    private static readonly long End = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static long ToStore(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static long? ToStore(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    public static DateTimeOffset FromStore(long time) => time >= End ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(time);

    public static DateTimeOffset? FromStore(long? time) => time is { } known ? FromStore(known) : null;
}
