using Microsoft.Extensions.Logging;

namespace Gatehouse.Dialects;

/// <summary>Log messages of the dialects: event ids 2000 to 2099.</summary>
internal static partial class DialectLog
{
    [LoggerMessage(2000, LogLevel.Error, "Request {RequestId} failed unforeseen; access was refused.")]
    public static partial void UnforeseenException(ILogger logger, string requestId, Exception exception);

    [LoggerMessage(2001, LogLevel.Warning, "Request {RequestId} was answered 503: {Why}")]
    public static partial void StoreUnavailable(ILogger logger, string requestId, string why);

    [LoggerMessage(2002, LogLevel.Warning, "{Option} is on: passwords and tokens of this dialect may cross the wire in the clear. For tests only.")]
    public static partial void HttpAllowed(ILogger logger, string option);

    [LoggerMessage(2030, LogLevel.Information, "Micetro: Authorization headers may carry {Methods}. Which of Kerberos and NTLM comes first is the client's choice.")]
    public static partial void MicetroMethods(ILogger logger, string methods);

    [LoggerMessage(2031, LogLevel.Warning, "Micetro: the preferences file has a setting {Name} that means nothing here.")]
    public static partial void UnknownPreference(ILogger logger, string name);

    [LoggerMessage(2032, LogLevel.Warning, "Micetro: AuthorizationMethods lists {Mechanisms}, but it cannot be accepted: such handshakes are answered 503. Kerberos needs a keytab with a key of the service principal HTTP/<host> (Gatehouse:Authorities:Negotiate:Keytab), NTLM the package gss-ntlmssp; 'gatehouse doctor' says more. Or take it out of the list.")]
    public static partial void NoAcceptor(ILogger logger, Core.SignIn.HandshakeMechanisms mechanisms);
}
