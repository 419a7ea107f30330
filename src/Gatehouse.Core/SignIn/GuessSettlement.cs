using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Core.SignIn;

/// <summary>Says how a counted guess ended, with all that follows where it locks an account. The same for passwords and handshakes.</summary>
internal sealed class GuessSettlement(GuessThrottle throttle, AccountDirectory accounts, AuditTrail audit, TimeProvider clock, ILogger logger)
{
    /// <summary>Settles a guess.</summary>
    /// <param name="guess">The guess.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="name">The name as typed.</param>
    /// <param name="account">The account that was meant, if there is one.</param>
    /// <exception cref="StoreUnavailableException">A guess that was not wrong cannot be taken back.</exception>
    public async ValueTask SettleAsync(CountedGuess guess, GuessOutcome outcome, string name, Account? account)
    {
        var lockEvent = new AuditEvent
        {
            Time = clock.GetUtcNow(),
            Event = AuditEvents.Lock,
            Outcome = AuditOutcomes.Accepted,
            Account = account?.Name,
            Name = account is null ? TypedText.Cut(name, AuditEvent.MaximumNameLength) : null,
            Source = guess.SourceKey,
        };
        try
        {
            if (await throttle.SettleAsync(guess, outcome, lockEvent, CancellationToken.None))
            {
                audit.Log(lockEvent);
                if (account is not null)
                {
                    accounts.Invalidate(account.Id);
                }
            }
        }
        catch (StoreUnavailableException exception) when (outcome == GuessOutcome.Wrong)
        {
            // It stays counted: that is the safe side, and the answer is known.
            CoreLog.GuessNotSettled(logger, TypedText.Escape(TypedText.Cut(name, AuditEvent.MaximumNameLength)), exception);
        }
    }
}
