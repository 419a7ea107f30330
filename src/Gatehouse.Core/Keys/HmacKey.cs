using System.Security.Cryptography;

namespace Gatehouse.Core.Keys;

/// <summary>
/// HMAC-SHA-256 under one key, without allocation: each thread keeps a state of its own, because setting one up costs
/// more than using it.
/// </summary>
public sealed class HmacKey : IDisposable
{
    private readonly ThreadLocal<IncrementalHash> _state;

    /// <summary>Takes the key.</summary>
    public HmacKey(ReadOnlyMemory<byte> key) => _state = new(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span), trackAllValues: true);

    /// <summary>This thread's state: append, then <see cref="IncrementalHash.GetHashAndReset(Span{byte})"/>.</summary>
    public IncrementalHash State => _state.Value!;

    /// <summary>Computes the code of one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="code">Takes the 32 bytes.</param>
    public void Compute(ReadOnlySpan<byte> text, Span<byte> code)
    {
        var state = State;
        state.AppendData(text);
        state.GetHashAndReset(code);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var state in _state.Values)
        {
            state.Dispose();
        }

        _state.Dispose();
    }
}
