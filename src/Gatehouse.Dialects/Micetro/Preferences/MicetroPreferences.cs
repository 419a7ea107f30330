using Gatehouse.Core.SignIn;

namespace Gatehouse.Dialects.Micetro;

/// <summary>What an <c>Authorization</c> header may carry besides Bearer, which cannot be turned off (MIC-88).</summary>
[Flags]
public enum AuthorizationMethods
{
    /// <summary>Bearer alone.</summary>
    None = 0,

    /// <summary>A name and a password with every request.</summary>
    Basic = 1,

    /// <summary>Kerberos inside SPNEGO.</summary>
    Kerberos = 2,

    /// <summary>NTLM inside SPNEGO.</summary>
    Ntlm = 4,
}

/// <summary>What the product's own <c>preferences.cfg</c> says about signing in (contract section 8).</summary>
public sealed record MicetroPreferences
{
    private static readonly string[] AlwaysKnownCentrals = ["localhost", "127.0.0.1", "::1"];

    /// <summary>What a header may carry; without the setting, Basic (MIC-104).</summary>
    public AuthorizationMethods Methods { get; init; } = AuthorizationMethods.Basic;

    /// <summary>The <c>server</c> of a Login has no effect (MIC-108).</summary>
    public bool LockToDefaultServer { get; init; } = true;

    /// <summary>Name of the Central server (MIC-110).</summary>
    public string DefaultCentralServer { get; init; } = "localhost";

    /// <summary>Names of settings that mean nothing here, for a warning.</summary>
    public IReadOnlyList<string> UnknownSettings { get; init; } = [];

    /// <summary>Whether Kerberos or NTLM is in the list: single sign-on has this one switch (MIC-112).</summary>
    public bool AcceptsNegotiate => (Methods & (AuthorizationMethods.Kerberos | AuthorizationMethods.Ntlm)) != AuthorizationMethods.None;

    /// <summary>The mechanisms that a handshake may be of.</summary>
    internal HandshakeMechanisms Handshakes =>
        (Accepts(AuthorizationMethods.Kerberos) ? HandshakeMechanisms.Kerberos : HandshakeMechanisms.None)
        | (Accepts(AuthorizationMethods.Ntlm) ? HandshakeMechanisms.Ntlm : HandshakeMechanisms.None);

    /// <summary>Whether a method is in the list.</summary>
    public bool Accepts(AuthorizationMethods method) => (Methods & method) == method;

    /// <summary>Whether a Login may name a Central server (MIC-108, MIC-109).</summary>
    /// <param name="server">As sent; null when it is not even a text.</param>
    internal bool KnowsCentral(string? server) =>
        LockToDefaultServer
        || (server is not null && (string.IsNullOrWhiteSpace(server)
            || server.Equals(DefaultCentralServer, StringComparison.OrdinalIgnoreCase)
            || Array.Exists(AlwaysKnownCentrals, known => server.Equals(known, StringComparison.OrdinalIgnoreCase))));
}
