namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>The step at which a directory could not be asked.</summary>
internal enum LdapStep
{
    /// <summary>The host's name.</summary>
    Resolve,

    /// <summary>The TCP connection.</summary>
    Connect,

    /// <summary>TLS, and StartTLS before it.</summary>
    Tls,

    /// <summary>The bind as the account that searches.</summary>
    ServiceBind,

    /// <summary>An answer to a request.</summary>
    Answer,

    /// <summary>The server hung up.</summary>
    Closed,

    /// <summary>All connections are in use.</summary>
    Full,
}

/// <summary>A directory could not be asked. An outage or a fault of its configuration, never something that a caller did.</summary>
internal sealed class LdapUnavailableException(LdapStep step, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Where it failed.</summary>
    public LdapStep Step { get; } = step;
}
