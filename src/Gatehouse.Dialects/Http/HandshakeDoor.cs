using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Dialects.Http;

/// <summary>
/// The HTTP side of handshakes, for every dialect that takes them: which leg belongs to which handshake, and for how long
/// a connection is somebody. What the answer looks like is the dialect's.
/// </summary>
public sealed class HandshakeDoor(IServiceProvider services, TimeProvider clock)
{
    private static readonly TimeSpan RetryShortly = TimeSpan.FromSeconds(5);
    private readonly IHandshakeAuthority? _authority = services.GetService<IHandshakeAuthority>();
    private readonly HandshakeSignIn? _signIn = services.GetService<HandshakeSignIn>();
    private readonly TrustedProxies? _proxies = services.GetService<TrustedProxies>();

    /// <summary>The mechanisms that can be checked now.</summary>
    public ValueTask<HandshakeMechanisms> FindMechanismsAsync() => _authority?.FindMechanismsAsync() ?? new(HandshakeMechanisms.None);

    /// <summary>Takes a leg: the next one of what is half open on this connection, or the first of a new handshake.</summary>
    /// <param name="context">The request.</param>
    /// <param name="door">Id of the dialect.</param>
    /// <param name="allowed">The mechanisms that it takes.</param>
    /// <param name="tenantKey">Key of the tenant that the sign-in is to, or null.</param>
    /// <param name="token">The leg; null when it could not be read.</param>
    public async ValueTask<HandshakeStep> StepAsync(HttpContext context, string door, HandshakeMechanisms allowed, string? tenantKey, byte[]? token)
    {
        ArgumentNullException.ThrowIfNull(context);
        var connection = HandshakeConnection.Of(context, create: false);
        var halfOpen = context.Features.Get<TakenHandshake>() is { } taken ? taken.Claim() : connection?.Take();
        if (connection is not null)
        {
            // Who begins anew is nobody until it is done.
            connection.Identity = null;
        }

        if (token is null)
        {
            halfOpen?.Dispose();
            return Refused(AuditReasons.Malformed);
        }

        if (_authority is null || _signIn is null)
        {
            return Unavailable();
        }

        var isNew = halfOpen is null;
        var handshake = halfOpen is null ? _authority.Begin(new HandshakeRules(allowed, TlsBinding.Of(context, _proxies))) : halfOpen.Continue(door);
        if (handshake is null)
        {
            return isNew ? Unavailable() : Refused(AuditReasons.Handshake);
        }

        var step = await AskAsync(handshake, context, tenantKey, token);
        if (step.Verdict is not null)
        {
            handshake.Dispose();
            return step;
        }

        // Another leg needs a connection that is the caller's alone (HTT-66).
        if (HandshakeConnection.Of(context, create: true) is not { } kept)
        {
            handshake.Dispose();
            return Refused(AuditReasons.Handshake);
        }

        kept.Keep(new HalfOpenHandshake(handshake, door, clock));
        return step;
    }

    /// <summary>Lets the connection be who its handshake proved, from now on (MIC-99).</summary>
    /// <returns>False where the connection may carry others' requests, too: on HTTP/2, and through proxies.</returns>
    public bool TryPersist(HttpContext context, string door, HandshakeStep step)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(step);
        if (step.Proven is not { } proven || IsShared(context) || HandshakeConnection.Of(context, create: true) is not { } connection)
        {
            return false;
        }

        connection.Identity = new PersistentIdentity(proven, door, clock.GetUtcNow());
        return true;
    }

    /// <summary>Who the connection is.</summary>
    /// <param name="context">The request.</param>
    /// <param name="door">Id of the dialect.</param>
    /// <param name="idle">Longest time between two uses.</param>
    /// <param name="lifetime">Longest time since the handshake.</param>
    /// <returns>Null for nobody.</returns>
    /// <exception cref="Core.Stores.StoreUnavailableException">The store must be asked, and cannot be.</exception>
    public async ValueTask<Account?> RecallAsync(HttpContext context, string door, TimeSpan idle, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_signIn is null || HandshakeConnection.Of(context, create: false) is not { Identity: { } identity } connection || identity.Door != door)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var account = now - identity.LastUsed < idle && now - identity.Since < lifetime && !IsShared(context)
            ? await _signIn.RecallAsync(identity.Account, context.RequestAborted)
            : null;
        if (account is null)
        {
            connection.Identity = null;
            return null;
        }

        identity.LastUsed = now;
        return account;
    }

    /// <summary>Makes the connection nobody's again.</summary>
    public static void Forget(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (HandshakeConnection.Of(context, create: false) is { } connection)
        {
            connection.Identity = null;
        }
    }

    private async ValueTask<HandshakeStep> AskAsync(IHandshake handshake, HttpContext context, string? tenantKey, byte[] token)
    {
        try
        {
            return await _signIn!.StepAsync(handshake, token, tenantKey, CallerLeg.Of(context).Source);
        }
        catch
        {
            handshake.Dispose();
            throw;
        }
    }

    private bool IsShared(HttpContext context) =>
        context.Request.Headers.ContainsKey("Via") || (context.Connection.RemoteIpAddress is { } peer && _proxies?.Contains(peer) == true);

    private static HandshakeStep Refused(string reason) => new(null, null, new PasswordVerdict.Refused(reason, null));

    private static HandshakeStep Unavailable() => new(null, null, new PasswordVerdict.Unavailable(RetryShortly));
}
