using System.Globalization;
using System.Text;
using Gatehouse.Core;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>SOAP 1.1 and 1.2, document/literal (MIC-52, MIC-53, MIC-63 to MIC-66, MIC-116).</summary>
/// <param name="version">Which SOAP the call speaks.</param>
/// <param name="command">Local name of the command, as sent.</param>
/// <param name="tellsUser">A new session comes with the name that its handshake proved.</param>
internal sealed class SoapWrapping(SoapVersion version, string command, bool tellsUser = false) : MicetroWrapping
{
    private readonly string _contentType = version == SoapVersion.V11 ? "text/xml; charset=utf-8" : "application/soap+xml; charset=utf-8";

    /// <summary>For what cannot be read as SOAP at all.</summary>
    public static SoapWrapping Unread { get; } = new(SoapVersion.V11, "");

    /// <summary>For <c>RequestSSO</c>, which has no envelope to read (MIC-68).</summary>
    public static SoapWrapping SingleSignOn { get; } = new(SoapVersion.V11, "", tellsUser: true);

    public override string Word => "soap";

    public override EchoWrapping Echo => new(_contentType, identity => Envelope(EchoResponse(identity)));

    public override Task WriteSessionAsync(HttpContext context, string session, string? user)
    {
        var xml = new StringBuilder($"<LoginResponse xmlns=\"{SoapNames.Product}\"><session>{session}</session>");
        if (tellsUser && user is not null)
        {
            xml.Append("<userName>").AppendEscaped(user).Append("</userName>");
        }

        return MicetroAnswers.WriteAsync(context, StatusCodes.Status200OK, _contentType, Envelope(xml.Append("</LoginResponse>").ToString()));
    }

    public override Task WriteSignedOutAsync(HttpContext context) =>
        MicetroAnswers.WriteAsync(context, StatusCodes.Status200OK, _contentType, Envelope($"<LogoutResponse xmlns=\"{SoapNames.Product}\"/>"));

    public override Task WriteErrorAsync(HttpContext context, MicetroError error) =>
        MicetroAnswers.WriteErrorAsync(context, error, StatusOf(error), _contentType, Envelope(version == SoapVersion.V11 ? Fault11(error) : Fault12(error)));

    /// <summary>Toolkits read faults only from 500 (1.1) and 400 (1.2); challenges mean nothing to them (MIC-65).</summary>
    private int StatusOf(MicetroError error) => error.Status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden when !error.StatusHolds =>
            version == SoapVersion.V11 ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest,
        _ => error.Status,
    };

    private static string Fault11(MicetroError error) => string.Create(
        CultureInfo.InvariantCulture,
        $"<soap:Fault><faultcode>soap:{CodeOf(error, "Client", "Server")}</faultcode><faultstring>{error.Text}</faultstring><detail><code xmlns=\"{SoapNames.Product}\">{error.Code}</code></detail></soap:Fault>");

    private static string Fault12(MicetroError error) => string.Create(
        CultureInfo.InvariantCulture,
        $"<soap:Fault><soap:Code><soap:Value>soap:{CodeOf(error, "Sender", "Receiver")}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">{error.Text}</soap:Text></soap:Reason><soap:Detail><code xmlns=\"{SoapNames.Product}\">{error.Code}</code></soap:Detail></soap:Fault>");

    private static string CodeOf(MicetroError error, string caller, string server) =>
        error.FaultCode ?? (error.Status is StatusCodes.Status500InternalServerError or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable ? server : caller);

    private string Envelope(string body) =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{(version == SoapVersion.V11 ? SoapNames.Envelope11 : SoapNames.Envelope12)}\" xmlns:xsi=\"{SoapNames.Instance}\" xmlns:xsd=\"{SoapNames.Schema}\"><soap:Body>{body}</soap:Body></soap:Envelope>";

    /// <summary>One element per member that is not null, in the design's order (MIC-116).</summary>
    private string EchoResponse(Identity identity)
    {
        var xml = new StringBuilder($"<{command}Response xmlns=\"{SoapNames.Product}\">");
        Append("user", identity.User);
        Append("dialect", identity.Dialect);
        Append("method", identity.Method);
        Append("tenant", identity.Tenant);
        Append("scope", identity.Scope);
        xml.Append("<tenants>");
        foreach (var tenant in identity.Tenants)
        {
            Append("tenant", tenant);
        }

        xml.Append("</tenants>");
        Append("impersonator", identity.Impersonator);
        Append("session", identity.Session?.ToString());
        return xml.Append("</").Append(command).Append("Response>").ToString();

        void Append(string name, string? value)
        {
            if (value is not null)
            {
                xml.Append('<').Append(name).Append('>').AppendEscaped(value).Append("</").Append(name).Append('>');
            }
        }
    }
}
