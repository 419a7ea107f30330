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
/// <param name="ChannelBinding">The channel binding of the TLS connection that ends here (<c>tls-server-end-point:</c> and the hash, RFC 5929); empty where TLS does not end here.</param>
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

/// <summary>Somebody as a mechanism names him: proved, or claimed by a leg whose proof has still to be checked.</summary>
/// <param name="Name">The name without its realm.</param>
/// <param name="Realm">Kerberos realm or NTLM domain, in the letter case of the mechanism.</param>
/// <param name="Mechanism">How it is proved: one mechanism.</param>
public sealed record Principal(string Name, string Realm, HandshakeMechanisms Mechanism)
{
    /// <summary>As the mechanism spells it: <c>name@REALM</c> or <c>DOMAIN\name</c>.</summary>
    public string Text => Mechanism == HandshakeMechanisms.Ntlm ? $@"{Realm}\{Name}" : $"{Name}@{Realm}";
}

/// <summary>The answer to one leg.</summary>
/// <param name="State">What became of it.</param>
public sealed record HandshakeAnswer(HandshakeState State)
{
    /// <summary>Refused, and nothing goes back.</summary>
    public static HandshakeAnswer Refused { get; } = new(HandshakeState.Refused);

    /// <summary>Nobody could say.</summary>
    public static HandshakeAnswer Unavailable { get; } = new(HandshakeState.Unavailable);

    /// <summary>What goes back to the caller; null where there is nothing.</summary>
    public byte[]? Token { get; init; }

    /// <summary>Who it is. Null unless completed.</summary>
    public Principal? Principal { get; init; }
}

/// <summary>One handshake: legs in their order, from one connection. Holds native memory until it is disposed.</summary>
public interface IHandshake : IDisposable
{
    /// <summary>
    /// Whose password a leg proves or guesses, for counting before it is checked (HTT-88). Null where a leg proves none:
    /// tickets, and legs that only begin.
    /// </summary>
    /// <param name="token">The leg.</param>
    Principal? ClaimIn(ReadOnlySpan<byte> token);

    /// <summary>Takes the caller's next leg. Never throws for anything that a caller can send. What is not continued is over.</summary>
    ValueTask<HandshakeAnswer> NextAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken);
}

/// <summary>What can check handshakes.</summary>
public interface IHandshakeAuthority
{
    /// <summary>The mechanisms that it can check now: Kerberos only with a key at hand. None of which it cannot say in time.</summary>
    ValueTask<HandshakeMechanisms> FindMechanismsAsync();

    /// <summary>The authority whose accounts the people of a realm or domain are; null for a foreign one.</summary>
    /// <param name="realm">As the mechanism spells it.</param>
    string? AuthorityOf(string realm);

    /// <summary>Begins a handshake; null when too many are under way.</summary>
    IHandshake? Begin(HandshakeRules rules);
}
