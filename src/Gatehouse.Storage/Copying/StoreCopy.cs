using System.Runtime.CompilerServices;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Postgres;
using Gatehouse.Storage.Sqlite;

namespace Gatehouse.Storage.Copying;

/// <summary>How far a copy is.</summary>
/// <param name="Table">The table that is being copied.</param>
/// <param name="Rows">Rows that are copied, of all tables.</param>
/// <param name="Total">Rows to copy, of all tables.</param>
public readonly record struct CopyProgress(string Table, long Rows, long Total);

/// <summary>
/// Copies a whole deployment from one store to another: accounts, tenants, sessions with their numbers, wrong passwords,
/// audit, sealed keys, and the last number of every sequence. Nobody writes to the source meanwhile: a running server answers 503
/// to what changes something. The target is changed wholly or not at all.
/// </summary>
public static class StoreCopy
{
    private const int ReportEvery = 1_000;
    private static readonly string[] MustBeEmpty = ["account", "tenant", "session", "audit", "signing_key"];

    /// <summary>Copies.</summary>
    /// <param name="source">The store to copy; its schema is up to date.</param>
    /// <param name="target">An empty store; its schema is up to date.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Gives up; the target stays empty.</param>
    /// <returns>How many rows were copied, or null when the target is not empty.</returns>
    /// <exception cref="StoreUnavailableException">One of the two cannot be asked.</exception>
    /// <exception cref="InvalidDataException">What arrived is not what was sent; the target stays empty.</exception>
    public static async Task<long?> RunAsync(IStore source, IStore target, IProgress<CopyProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        await using var from = EndOf(source);
        await using var to = EndOf(target);
        await to.BeginAsync(cancellationToken);
        foreach (var table in CopiedTable.All.Where(table => MustBeEmpty.Contains(table.Name, StringComparer.Ordinal)))
        {
            if (await to.CountAsync(table, cancellationToken) > 0)
            {
                return null;
            }
        }

        await from.BeginAsync(cancellationToken);
        long total = 0, copied = 0;
        foreach (var table in CopiedTable.All)
        {
            total += await from.CountAsync(table, cancellationToken);
        }

        foreach (var table in CopiedTable.All)
        {
            var before = copied;
            await to.WriteAsync(table, Reported(from.ReadAsync(table, cancellationToken), table, cancellationToken), cancellationToken);
            if (table != CopiedTable.Settings && await to.CountAsync(table, cancellationToken) is var arrived && arrived != copied - before)
            {
                throw new InvalidDataException($"Of {copied - before} rows of the table {table.Name}, {arrived} arrived. The target stays empty.");
            }
        }

        await to.CommitAsync(cancellationToken);
        return copied;

        async IAsyncEnumerable<object?[]> Reported(IAsyncEnumerable<object?[]> rows, CopiedTable table, [EnumeratorCancellation] CancellationToken token)
        {
            await foreach (var row in rows.WithCancellation(token))
            {
                yield return row;
                if (++copied % ReportEvery == 0)
                {
                    progress.Report(new CopyProgress(table.Name, copied, total));
                }
            }

            progress.Report(new CopyProgress(table.Name, copied, total));
        }
    }

    private static ICopyTarget EndOf(IStore store) => store switch
    {
        PostgresStore postgres => new PostgresCopyEnd(postgres.Database),
        SqliteStore sqlite => new SqliteCopyEnd(sqlite.Database),
        _ => throw new ArgumentException($"A {store.GetType().Name} cannot be copied.", nameof(store)),
    };
}
