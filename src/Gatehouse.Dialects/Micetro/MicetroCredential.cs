using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>What the <c>Authorization</c> header carries (contract section 7).</summary>
internal abstract record MicetroCredential
{
    private MicetroCredential()
    {
    }

    /// <summary>No header, or a blank one (MIC-16).</summary>
    public sealed record None : MicetroCredential;

    /// <summary>A scheme that this dialect does not know, or that is not enabled: not looked at (MIC-86).</summary>
    public sealed record NotTaken : MicetroCredential;

    /// <summary>A session as token; null when malformed (MIC-89).</summary>
    public sealed record Bearer(string? Token) : MicetroCredential
    {
        /// <summary>Nothing of the token.</summary>
        public override string ToString() => nameof(Bearer);
    }

    /// <summary>A name and a password; null when malformed (MIC-92).</summary>
    public sealed record Basic(BasicCredentials? Credentials) : MicetroCredential;

    /// <summary>A leg of a handshake; null when malformed (MIC-97).</summary>
    public sealed record Negotiate(byte[]? Token) : MicetroCredential
    {
        /// <summary>Nothing of the token.</summary>
        public override string ToString() => nameof(Negotiate);
    }

    /// <summary>Reads the header. That there is at most one was seen before (MIC-15).</summary>
    public static MicetroCredential Read(HttpRequest request, MicetroPreferences preferences)
    {
        var value = request.Headers.Authorization.ToString().Trim(' ', '\t');
        return value.Length == 0 ? new None()
            : BearerToken.HasScheme(value) ? new Bearer(BearerToken.Read(value))
            : BasicCredentials.HasScheme(value) && preferences.Accepts(AuthorizationMethods.Basic) ? new Basic(BasicCredentials.Read(value))
            : NegotiateToken.HasScheme(value) && preferences.AcceptsNegotiate ? new Negotiate(NegotiateToken.Read(value))
            : new NotTaken();
    }
}
