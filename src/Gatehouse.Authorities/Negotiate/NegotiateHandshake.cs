using Gatehouse.Core.SignIn;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>
/// One handshake: 1. each leg is read here and refused unless it is understood, in its place, and of a mechanism that
/// the door takes; 2. the security library checks it, on the lane; 3. its status alone decides (HTT-67); 4. the ticket must
/// have been for this service.
/// </summary>
internal sealed class NegotiateHandshake(
    NegotiateOptions options, GssLane lane, NtlmSource ntlm, HandshakeRules rules, TimeProvider clock, ILogger logger, Action ended) : IHandshake
{
    private readonly Lock _gate = new();
    private GssContext? _context;
    private HandshakeMechanisms _begun;
    private int _legs;
    private bool _isBusy;
    private bool _isOver;
    private bool _isReleased;

    // Kerberos takes one leg or two, NTLM two, and a first choice that is not taken one more.
    private const int MostLegs = 5;

    public Principal? ClaimIn(ReadOnlySpan<byte> token) =>
        HandshakeLeg.Read(token) is { Kind: LegKind.Later, Ntlm: { Type: NtlmMessage.Authenticate } proof } && _begun.HasFlag(HandshakeMechanisms.Ntlm)
            ? new Principal(proof.User, proof.Domain, HandshakeMechanisms.Ntlm)
            : null;

    public async ValueTask<HandshakeAnswer> NextAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        if (HandshakeLeg.Read(token.Span) is not { } leg || !IsInPlace(leg))
        {
            Dispose();
            return HandshakeAnswer.Refused;
        }

        lock (_gate)
        {
            if (_isOver || _isBusy)
            {
                return HandshakeAnswer.Refused;
            }

            _isBusy = true;
        }

        var work = lane.RunAsync(() => Check(leg, token.Span));
        try
        {
            var answer = await work.WaitAsync(TimeSpan.FromSeconds(options.TimeoutSeconds), clock, cancellationToken);
            if (answer.State != HandshakeState.Continue)
            {
                Dispose();
            }

            return answer;
        }
        catch (TimeoutException)
        {
            NegotiateLog.TimedOut(logger, options.TimeoutSeconds);
            Dispose();
            return HandshakeAnswer.Unavailable;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_isBusy || _isReleased)
            {
                return;
            }

            _isReleased = true;
        }

        _context?.Dispose();
        ended();
    }

    /// <summary>MIC-100: what the door does not take is refused before it is continued.</summary>
    private bool IsInPlace(HandshakeLeg leg) => ++_legs <= MostLegs && leg.Kind switch
    {
        LegKind.First => _legs == 1 && leg.Offered.Any(IsAllowed),
        _ => _legs > 1 && (leg.Ntlm is null || (IsAllowed(HandshakeMechanisms.Ntlm) && _begun.HasFlag(HandshakeMechanisms.Ntlm))),
    };

    private bool IsAllowed(HandshakeMechanisms mechanism) => mechanism != HandshakeMechanisms.None && rules.Allowed.HasFlag(mechanism);

    /// <summary>On the lane.</summary>
    private HandshakeAnswer Check(HandshakeLeg leg, ReadOnlySpan<byte> token)
    {
        try
        {
            lock (_gate)
            {
                // Nobody waits for it any more.
                if (_isOver)
                {
                    return HandshakeAnswer.Refused;
                }
            }

            return Decide(leg, token);
        }
        catch (Exception exception)
        {
            NegotiateLog.Unforeseen(logger, exception);
            return HandshakeAnswer.Refused;
        }
        finally
        {
            bool isOver;
            lock (_gate)
            {
                _isBusy = false;
                isOver = _isOver;
            }

            if (isOver)
            {
                Dispose();
            }
        }
    }

    private HandshakeAnswer Decide(HandshakeLeg leg, ReadOnlySpan<byte> token)
    {
        if (_context is null && Open(leg) is { } unopened)
        {
            return unopened;
        }

        var step = _context!.Step(token, rules.ChannelBinding.Span);
        switch (step.Major)
        {
            case Gss.ContinueNeeded:
                return new HandshakeAnswer(HandshakeState.Continue) { Token = step.Token };
            case Gss.Complete:
                return Complete(step);
            default:
                var why = GssText.Of(step.Major, step.Minor);
                if (leg.Ntlm is null ? GssStatus.IsOutage(step) : !ntlm.IsThere())
                {
                    NegotiateLog.Unavailable(logger, why);
                    return HandshakeAnswer.Unavailable;
                }

                NegotiateLog.Refused(logger, why);
                return HandshakeAnswer.Refused;
        }
    }

    /// <summary>Opens the keys for a first leg; what its first choice needs must be there (MIC-132).</summary>
    private HandshakeAnswer? Open(HandshakeLeg leg)
    {
        // Only what was offered: nothing else may come of it later.
        var wanted = leg.Offered.Where(IsAllowed).Aggregate(HandshakeMechanisms.None, (all, one) => all | one);
        var credential = GssCredential.Open(wanted, ntlm);
        if (!credential.Mechanisms.HasFlag(leg.Offered.First(IsAllowed)))
        {
            NegotiateLog.Unavailable(logger, credential.Fault ?? "no key.");
            credential.Dispose();
            return HandshakeAnswer.Unavailable;
        }

        _begun = credential.Mechanisms;
        _context = new GssContext(credential);
        return null;
    }

    private HandshakeAnswer Complete(GssStep step)
    {
        var fault = true switch
        {
            _ when !IsAllowed(step.Mechanism) => "the mechanism is not one that is allowed here.",
            _ when step.Mechanism == HandshakeMechanisms.Kerberos && !ServiceName.IsOurs(step.Target, options.ServicePrincipal) => "the ticket is for another service.",
            _ when options.RequireChannelBinding && !rules.ChannelBinding.IsEmpty && !step.IsChannelBound => "it is not bound to this TLS connection.",
            _ => null,
        };
        if (fault is null && PrincipalText.Read(step.Source, step.Mechanism) is { } principal)
        {
            return new HandshakeAnswer(HandshakeState.Completed) { Token = step.Token, Principal = principal };
        }

        NegotiateLog.Refused(logger, fault ?? "the principal's name cannot be read beyond doubt.");
        return HandshakeAnswer.Refused;
    }
}
