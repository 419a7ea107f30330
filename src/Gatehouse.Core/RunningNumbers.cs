using System.Collections.Concurrent;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core;

/// <summary>
/// Numbers that one installation never gives twice, whatever its clocks, nodes and restarts do: each node takes a block
/// from the store and hands it out from memory. They grow on a node and have gaps.
/// </summary>
public sealed class RunningNumbers(IStore store)
{
    /// <summary>Numbers that a node takes at once.</summary>
    public const int BlockSize = 256;

    private readonly ConcurrentDictionary<string, Block> _blocks = new(StringComparer.Ordinal);

    /// <summary>Draws a number, 1 or greater.</summary>
    /// <param name="counter">Which numbers.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">A block must be taken, and the store does not confirm.</exception>
    public async ValueTask<long> NextAsync(string counter, CancellationToken cancellationToken)
    {
        var block = _blocks.GetOrAdd(counter, static _ => new Block());
        if (block.TryTake(out var number))
        {
            return number;
        }

        number = await store.ReserveAsync(counter, BlockSize, cancellationToken);
        block.Refill(number + 1, number + BlockSize);
        return number;
    }

    private sealed class Block
    {
        private readonly Lock _gate = new();
        private long _next;
        private long _end;

        public bool TryTake(out long number)
        {
            lock (_gate)
            {
                number = _next;
                if (_next == _end)
                {
                    return false;
                }

                _next++;
                return true;
            }
        }

        /// <summary>Takes in a new block; of several that were taken at once, the later ones are left unused.</summary>
        public void Refill(long next, long end)
        {
            lock (_gate)
            {
                if (_next == _end)
                {
                    (_next, _end) = (next, end);
                }
            }
        }
    }
}
