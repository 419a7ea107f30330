using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Keys;

/// <summary>States of a key, in their order.</summary>
public enum KeyState
{
    /// <summary>Known, not used yet.</summary>
    Announced,

    /// <summary>Signs and verifies.</summary>
    Active,

    /// <summary>Verifies what it signed.</summary>
    Retired,

    /// <summary>Good for nothing.</summary>
    Dead,
}

/// <summary>A key in the open, in memory only.</summary>
public sealed class RingKey(StoredKey stored, byte[] material)
{
    /// <summary>Id of the key.</summary>
    public string Id => Stored.Id;

    /// <summary>The secret.</summary>
    public ReadOnlyMemory<byte> Material { get; } = material;

    /// <summary>HMAC-SHA-256 under the secret.</summary>
    public HmacKey Hmac { get; } = new(material);

    internal StoredKey Stored { get; } = stored;

    /// <summary>Its state at a moment.</summary>
    public KeyState StateAt(DateTimeOffset now) =>
        now < Stored.Active ? KeyState.Announced
        : Stored.Retired is not { } retired || now < retired ? KeyState.Active
        : Stored.Dead is not { } dead || now < dead ? KeyState.Retired
        : KeyState.Dead;
}
