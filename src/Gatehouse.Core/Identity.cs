using System.Collections.Immutable;

namespace Gatehouse.Core;

/// <summary>The answer for one request: who it is, in which tenants, by which session, and who is impersonating.</summary>
public sealed record Identity
{
    /// <summary>Name of the account whose rights hold.</summary>
    public required string User { get; init; }

    /// <summary>Id of the dialect that the credential came in.</summary>
    public required string Dialect { get; init; }

    /// <summary>How the caller proved it: one of <see cref="SignInMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>The one tenant of this request, or null.</summary>
    public string? Tenant { get; init; }

    /// <summary><c>tenant</c>, <c>all</c>, <c>global</c>, or null where the dialect has no scopes.</summary>
    public string? Scope { get; init; }

    /// <summary>The tenants of this request, in ordinal order.</summary>
    public ImmutableArray<string> Tenants { get; init; } = [];

    /// <summary>Name of the account that acts as <see cref="User"/>, or null.</summary>
    public string? Impersonator { get; init; }

    /// <summary>Public id of the session, or null where each request proves itself.</summary>
    public PublicId? Session { get; init; }
}

/// <summary>Words for how a caller proved who it is.</summary>
public static class SignInMethods
{
    /// <summary><c>Authorization: Basic</c> with a real password.</summary>
    public const string PasswordBasic = "password-basic";

    /// <summary><c>Authorization: Basic</c> with a session in place of the password.</summary>
    public const string SessionBasic = "session-basic";

    /// <summary><c>Authorization: Bearer</c> with a session's token.</summary>
    public const string Bearer = "bearer";

    /// <summary>A Kerberos handshake.</summary>
    public const string NegotiateKerberos = "negotiate-kerberos";

    /// <summary>An NTLM handshake.</summary>
    public const string NegotiateNtlm = "negotiate-ntlm";

    /// <summary>A parameter of the call.</summary>
    public const string SessionParameter = "session-parameter";

    /// <summary>An AR-JWT.</summary>
    public const string ArJwt = "ar-jwt";

    /// <summary>A token that the operator issued.</summary>
    public const string ApiToken = "api-token";

    /// <summary><c>Authorization: authtoken</c> with an issued token.</summary>
    public const string AuthToken = "authtoken";

    /// <summary><c>Authorization: authtoken</c> with name and password.</summary>
    public const string AuthTokenBasic = "authtoken-basic";
}
