using Gatehouse.Core.SignIn;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gatehouse.Dialects.Http;

/// <summary>What belongs to one TCP connection: the handshake that is half open on it, and who an NTLM handshake proved it to be.</summary>
internal sealed class HandshakeConnection
{
    private static readonly object Key = new();
    private readonly Lock _gate = new();
    private HalfOpenHandshake? _halfOpen;
    private bool _isClosed;

    private HandshakeConnection()
    {
    }

    /// <summary>Who the connection is (MIC-99); null for nobody.</summary>
    public PersistentIdentity? Identity { get; set; }

    /// <summary>The connection of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="create">Whether to begin keeping something for it.</param>
    /// <returns>Null where nothing is kept, or nothing can be: on HTTP/2 many requests share a connection (HTT-66).</returns>
    public static HandshakeConnection? Of(HttpContext context, bool create)
    {
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            return null;
        }

        if (context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return null;
        }

        if (items.TryGetValue(Key, out var kept) && kept is HandshakeConnection known)
        {
            return known;
        }

        if (!create || context.Features.Get<IConnectionCompleteFeature>() is not { } end)
        {
            return null;
        }

        var connection = new HandshakeConnection();
        items[Key] = connection;
        end.OnCompleted(static state => ((HandshakeConnection)state).CloseAsync(), connection);
        return connection;
    }

    /// <summary>Takes out what is half open: whoever does not put it back has dropped it.</summary>
    public HalfOpenHandshake? Take()
    {
        lock (_gate)
        {
            var taken = _halfOpen;
            _halfOpen = null;
            return taken;
        }
    }

    /// <summary>Keeps a handshake for its next leg.</summary>
    public void Keep(HalfOpenHandshake handshake)
    {
        HalfOpenHandshake? dropped;
        lock (_gate)
        {
            (dropped, _halfOpen) = _isClosed ? (handshake, null) : (_halfOpen, handshake);
        }

        dropped?.Dispose();
    }

    private Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        Identity = null;
        Take()?.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Who a connection is, since an NTLM handshake, until when (MIC-99).</summary>
/// <param name="Account">The account as it was proved.</param>
/// <param name="Door">The dialect that believes it.</param>
/// <param name="Since">When it was proved.</param>
internal sealed record PersistentIdentity(ProvenAccount Account, string Door, DateTimeOffset Since)
{
    /// <summary>Its last use.</summary>
    public DateTimeOffset LastUsed { get; set; } = Since;
}
