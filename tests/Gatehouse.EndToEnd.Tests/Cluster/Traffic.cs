using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>
/// Callers who sign in, call and sign out all the time, on the nodes and through nginx, and keep book: what was confirmed to
/// them must hold.
/// </summary>
/// <param name="group">The nodes.</param>
/// <param name="within">For how long after its confirmed end a token may still be accepted.</param>
internal sealed class Traffic(Group group, TimeSpan within) : IAsyncDisposable
{
    private const int Callers = 6;

    // Less than this is no load, however slow the machine.
    private const int SignOutsPerPhase = 12;
    private static readonly TimeSpan LongestPhase = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly Caller _caller = new();
    private readonly ConcurrentQueue<Ticket> _tickets = new();
    private readonly ConcurrentBag<string> _faults = [];
    private readonly CancellationTokenSource _stop = new();
    private Task[] _running = [];
    private int _calls;
    private int _accepted;
    private int _unanswered;
    private long _latest;

    /// <summary>How long the callers work undisturbed before and after each fault: short, or as GATEHOUSE_SOAK says, in seconds.</summary>
    public static TimeSpan Phase { get; } = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("GATEHOUSE_SOAK"), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? seconds : 1);

    private int Confirmed => _tickets.Count(ticket => ticket.Revoked != 0);

    public void Start() => _running = [.. Enumerable.Range(0, Callers).Select(i => Task.Run(() => CallOnAsync(i)))];

    /// <summary>Lets them work undisturbed for a phase.</summary>
    public async Task WorkAsync()
    {
        var (begun, before) = (Stopwatch.GetTimestamp(), Confirmed);
        while (Stopwatch.GetElapsedTime(begun) < Phase || Confirmed - before < SignOutsPerPhase)
        {
            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(Phase + LongestPhase, "the callers get nowhere");
            await Task.Delay(50);
        }
    }

    /// <summary>Lets the callers finish what they are at.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>Calls with a token and books what came.</summary>
    public async Task<HttpStatusCode> CallAsync(Uri at, Ticket ticket, TimeSpan allowance)
    {
        var (revoked, claimed, begun) = (ticket.Revoked, ticket.IsClaimed, Stopwatch.GetTimestamp());
        var status = await _caller.CallAsync(at, ticket);
        Interlocked.Increment(ref _calls);
        if (status == HttpStatusCode.OK)
        {
            Interlocked.Increment(ref _accepted);
            if (revoked != 0)
            {
                var late = Stopwatch.GetElapsedTime(revoked, begun);
                Note(late);
                if (late > allowance)
                {
                    _faults.Add($"{at} accepted a token {late.TotalSeconds:0.00} s after its confirmed end");
                }
            }
        }
        else if (status == HttpStatusCode.Unauthorized)
        {
            if (!claimed && !ticket.IsClaimed)
            {
                _faults.Add($"{at} refused a token that nobody ended");
            }
        }
        else
        {
            Interlocked.Increment(ref _unanswered);
        }

        return status;
    }

    /// <summary>Ends a token and books whether it was confirmed.</summary>
    public async Task<bool> SignOutAsync(Uri at, Ticket ticket)
    {
        if (ticket.TryClaim() && await _caller.SignOutAsync(at, ticket) is HttpStatusCode.OK or HttpStatusCode.NoContent)
        {
            ticket.Confirm(Stopwatch.GetTimestamp());
            return true;
        }

        return false;
    }

    /// <summary>Signs in and books the token.</summary>
    public async Task<Ticket?> SignInAsync(Uri at, Product product, int account)
    {
        var ticket = await _caller.SignInAsync(at, product, account);
        if (ticket is not null)
        {
            _tickets.Enqueue(ticket);
        }

        return ticket;
    }

    /// <summary>
    /// Asks every node about every token: what was confirmed holds, and of what was not confirmed all nodes say the same.
    /// Writes the figures to the test's output.
    /// </summary>
    public async Task ShouldBeFaultlessAsync(string what)
    {
        await StopAsync();
        await Parallel.ForEachAsync(_tickets, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (ticket, _) =>
        {
            var answers = await Task.WhenAll(group.Nodes.Select(node => CallAsync(node.Http, ticket, within)));
            var expected = ticket.Revoked != 0 ? HttpStatusCode.Unauthorized : ticket.IsClaimed ? answers[0] : HttpStatusCode.OK;
            if (answers.Any(answer => answer != expected))
            {
                _faults.Add($"nodes say {string.Join(", ", answers)} instead of {expected} of a token of {ticket.Product}");
            }
        });

        var tickets = _tickets.ToList();
        var confirmed = Confirmed;
        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant(
            $"{what}: {tickets.Count} sign-ins and {confirmed} sign-outs confirmed, {tickets.Count(ticket => ticket.IsClaimed) - confirmed} sign-outs unconfirmed; {_calls} calls, {_accepted} accepted, {_unanswered} without a verdict; last accept {TimeSpan.FromTicks(_latest).TotalMilliseconds:0} ms after a confirmed end; faults {_faults.Count}"));
        tickets.ShouldNotBeEmpty();
        confirmed.ShouldBeGreaterThan(0);
        _faults.ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _caller.Dispose();
    }

    private async Task CallOnAsync(int number)
    {
        for (var i = number; !_stop.IsCancellationRequested; i++)
        {
            var at = i % 3 == 0 ? group.Door : group.Nodes[i % group.Nodes.Count].Http;
            var tickets = _tickets.ToArray();
            if (tickets.Length == 0 || i % 8 == 0)
            {
                await SignInAsync(at, (Product)(i / 8 % 2), i % Group.Accounts);
            }
            else
            {
                // Mostly a young one: it is hot on some nodes and unknown to others.
                var ticket = tickets[^(1 + RandomNumberGenerator.GetInt32(Math.Min(tickets.Length, 24)))];
                _ = i % 11 == 0 ? await SignOutAsync(at, ticket) : await CallAsync(at, ticket, within) == HttpStatusCode.OK;
            }

            await Task.Delay(Pause);
        }
    }

    private void Note(TimeSpan late)
    {
        long known;
        do
        {
            known = Volatile.Read(ref _latest);
        }
        while (late.Ticks > known && Interlocked.CompareExchange(ref _latest, late.Ticks, known) != known);
    }
}
