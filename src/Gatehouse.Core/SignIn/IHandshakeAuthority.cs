namespace Gatehouse.Core.SignIn;

/// <summary>How a handshake proves who somebody is.</summary>
[Flags]
public enum HandshakeMechanisms
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>A Kerberos ticket.</summary>
    Kerberos = 1,

    /// <summary>NTLM's challenge and response over a password.</summary>
    Ntlm = 2,
}

/// <summary>What a handshake may be, and what it is bound to.</summary>
/// <param name="Allowed">Mechanisms that the door takes; another one is refused before it is continued.</param>
/// <param name="ChannelBinding">The channel binding of the TLS connection that ends here (<c>tls-server-end-point</c>, RFC 5929); empty where TLS does not end here.</param>
public sealed record HandshakeRules(HandshakeMechanisms Allowed, ReadOnlyMemory<byte> ChannelBinding);

/// <summary>What became of one leg.</summary>
public enum HandshakeState
{
    /// <summary>The caller must send another leg.</summary>
    Continue,

    /// <summary>The caller is who the principal says.</summary>
    Completed,

    /// <summary>It is not, or its token cannot be read, or the mechanism is not allowed.</summary>
    Refused,

    /// <summary>Nobody could say: no key to check a ticket with, no domain controller.</summary>
    Unavailable,
}

/// <summary>The answer to one leg.</summary>
/// <param name="State">What became of it.</param>
public sealed record HandshakeAnswer(HandshakeState State)
{
    /// <summary>What goes back to the caller; null where there is nothing.</summary>
    public byte[]? Token { get; init; }

    /// <summary>Who it is, as the mechanism spells it: <c>name@REALM</c> or <c>DOMAIN\name</c>.</summary>
    public string? Principal { get; init; }

    /// <summary>How it was proved.</summary>
    public HandshakeMechanisms Mechanism { get; init; }

    /// <summary>What the operator learns about a refusal.</summary>
    public string? Reason { get; init; }
}

/// <summary>One handshake: legs in their order, from one connection. Holds native memory until it is disposed.</summary>
public interface IHandshake : IDisposable
{
    /// <summary>Takes the caller's next leg. Never throws for anything that a caller can send.</summary>
    ValueTask<HandshakeAnswer> NextAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken);
}

/// <summary>What can check handshakes.</summary>
public interface IHandshakeAuthority
{
    /// <summary>The mechanisms that it can check.</summary>
    HandshakeMechanisms Mechanisms { get; }

    /// <summary>The authority whose accounts the people of a realm or domain are; null for a foreign one.</summary>
    /// <param name="realm">As the mechanism spells it.</param>
    string? AuthorityOf(string realm);

    /// <summary>Begins a handshake; null when too many are under way.</summary>
    IHandshake? Begin(HandshakeRules rules);
}
