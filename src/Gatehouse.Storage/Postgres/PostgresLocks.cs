namespace Gatehouse.Storage.Postgres;

/// <summary>
/// The locks of the store, in the order in which every transaction takes them. Who keeps the order cannot deadlock with
/// others who do; whoever deadlocks all the same is rolled back by the database and tried again.
/// <list type="number">
/// <item><see cref="CutOff"/>. A sign-in or a refresh holds it shared until it has committed, and draws its sequence number
/// under it; a cut-off of all holds it alone. So either the number is drawn and committed before the cut-off draws its
/// own, higher one; or it is drawn after the cut-off is visible.</item>
/// <item>The account's row. A sign-in or a refresh holds it (<c>FOR SHARE</c>, or <c>FOR NO KEY UPDATE</c> where it counts
/// sessions or seats, so that two nodes count one after the other); a new password, a cut-off, disabling and removal
/// lock it first and draw their number then. The same argument, for one account.</item>
/// <item>The row of wrong passwords of an account's key, then that of the source.</item>
/// <item>The family of a refresh token (<see cref="ChangeOfFamily"/>): two uses of it, or a use and a sign-out, come one
/// after the other.</item>
/// <item>Rows of sessions, in the order of their ids. Who ends sessions asks again until nothing is left to end: what a
/// refresh has added meanwhile, under a lock that the first question waited for, is found by the second. Who adds a session
/// that hangs on another one holds that one's row shared, for the same reason.</item>
/// <item><see cref="Feed"/>, taken with the entry of the change feed, in the same round trip as the commit. Numbers of the
/// feed are drawn under it and it is held until they are visible, so they become visible in their order: who has read
/// number 8 will never be shown a 7. It costs nothing that NOTIFY, which serializes commits by a lock of its own, would
/// not cost anyway; sign-ins announce nothing and do not take it. (Waiting for the oldest running transaction instead
/// would let any forgotten transaction of any database of the server hold the news back.)</item>
/// </list>
/// Statements under READ COMMITTED see what was committed when they began: a lock is always taken by a statement of its
/// own, before the one that looks.
/// </summary>
internal static class PostgresLocks
{
    /// <summary>Schema: one node migrates.</summary>
    public const int Migration = 1;

    /// <summary>Everything that is dead, against everything that begins.</summary>
    public const int CutOff = 2;

    /// <summary>Order of the change feed.</summary>
    public const int Feed = 3;

    /// <summary>Key rings: one node replaces.</summary>
    public const int Keys = 4;

    /// <summary>The first start: one node makes the first account and shows its password.</summary>
    public const int FirstStart = 5;

    /// <summary>Partitions of the audit: one node makes or drops them.</summary>
    public const int Partitions = 6;

    /// <summary>First half of the key of each of these locks: "GATE".</summary>
    public const int Space = 0x47415445;

    /// <summary>Key of the lock of a refresh family: 64 of its 80 random bits.</summary>
    public static long ChangeOfFamily(ReadOnlySpan<byte> family) => System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(family[8..]);
}
