using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// Sessions that stand on a token of an external single sign-on: the dialect hands it on as it came, and a use of it is
/// believed for a while only before the single sign-on is asked again.
/// </summary>
public sealed class ExternalTokens(AuthorityOrder order, SessionDesk desk, TimeProvider clock)
{
    /// <summary>Attribute of such a session: the name of the authority that gave the token.</summary>
    private const string AuthorityAttribute = "sso";

    private readonly ConcurrentDictionary<PublicId, Lazy<Task<ExternalTokenState>>> _questions = new();

    /// <summary>Whether any authority gives tokens.</summary>
    public bool CanBeHad => order.External.Any(authority => authority is ITokenAuthority);

    /// <summary>Whether the account's authority gives tokens.</summary>
    public bool CanBeHadFor(Account account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return order.Find(account.Authority) is ITokenAuthority;
    }

    /// <summary>Whether a caller could send a token back in a header: visible ASCII, no blank (RFC 6749, appendix A.12, narrowed).</summary>
    /// <param name="token">The token.</param>
    /// <param name="maximumLength">Longest one that the dialect takes.</param>
    public static bool IsUsable(ExternalToken token, int maximumLength)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Value.Length > 0 && token.Value.Length <= maximumLength && !token.Value.AsSpan().ContainsAnyExceptInRange('!', '~');
    }

    /// <summary>The attributes of a session that stands on a token.</summary>
    public static ImmutableSortedDictionary<string, string> AttributesOf(ExternalToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return ImmutableSortedDictionary<string, string>.Empty.Add(AuthorityAttribute, token.Authority);
    }

    /// <summary>Whether the session stands on a token that an authority gave.</summary>
    public static bool IsExternal(LiveSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return session.Attributes.ContainsKey(AuthorityAttribute);
    }

    /// <summary>
    /// Whether a live session's token still holds at the authority that gave it. However many ask at once, the authority is asked
    /// once. Where it says that the token has ended, the session has ended, too, when this returns.
    /// </summary>
    /// <param name="live">The session; one that stands on a token of ours always holds.</param>
    /// <param name="token">Its token as shown.</param>
    /// <param name="believedFor">How long an answer is believed.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">It has ended, and the store does not confirm that the session has.</exception>
    public async ValueTask<ExternalTokenState> CheckAsync(LiveSession live, string token, TimeSpan believedFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(live);
        if (!IsExternal(live) || clock.GetUtcNow() - live.Confirmed < believedFor)
        {
            return ExternalTokenState.Live;
        }

        // The question is everybody's: nobody's cancellation ends it.
        var question = _questions.GetOrAdd(live.Id, id => new Lazy<Task<ExternalTokenState>>(() => AskAsync(live, token)));
        return await question.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Ends a session's token at the authority that gave it, where that has a way to.</summary>
    /// <returns>False when the authority could not be asked.</returns>
    public async ValueTask<bool> EndAsync(LiveSession session, string token, CancellationToken cancellationToken) =>
        AuthorityOf(session) is not { } authority || await authority.EndTokenAsync(token, cancellationToken);

    private async Task<ExternalTokenState> AskAsync(LiveSession live, string token)
    {
        try
        {
            // An answer is as old as its question.
            var asked = clock.GetUtcNow();
            var state = AuthorityOf(live) is { } authority ? await authority.CheckTokenAsync(token, CancellationToken.None) : ExternalTokenState.Unavailable;
            switch (state)
            {
                case ExternalTokenState.Live:
                    live.Confirm(asked);
                    break;
                case ExternalTokenState.Ended:
                    await desk.EndAsync(live.Id, EndOf(live, asked), CancellationToken.None);
                    break;
                default:
                    break;
            }

            return state;
        }
        finally
        {
            _questions.TryRemove(live.Id, out _);
        }
    }

    /// <summary>Null where the token is ours, or its authority is not configured any more.</summary>
    private ITokenAuthority? AuthorityOf(LiveSession session) =>
        session.Attributes.TryGetValue(AuthorityAttribute, out var name) ? order.Find(name) as ITokenAuthority : null;

    private static AuditEvent EndOf(LiveSession live, DateTimeOffset now) => new()
    {
        Time = now,
        Event = AuditEvents.Revoke,
        Outcome = AuditOutcomes.Accepted,
        Account = live.AccountEntry.Snapshot?.Name,
        Dialect = live.Dialect,
        Session = live.Id.ToString(),
        Reason = AuditReasons.EndedByAuthority,
    };
}
