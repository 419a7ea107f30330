namespace Gatehouse.Core.Keys;

/// <summary>The key under which all other keys are kept in the store. It is not in the store itself.</summary>
public sealed class MasterKey(ReadOnlySpan<byte> key) : SealingKey(key);
