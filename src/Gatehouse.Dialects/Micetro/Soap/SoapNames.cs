namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>Which SOAP a message speaks. The namespace of its envelope decides, never the media type (MIC-53).</summary>
internal enum SoapVersion
{
    /// <summary>SOAP 1.1; also what an unreadable message is answered in (MIC-60).</summary>
    V11,

    /// <summary>SOAP 1.2.</summary>
    V12,
}

/// <summary>Namespaces.</summary>
internal static class SoapNames
{
    public const string Envelope11 = "http://schemas.xmlsoap.org/soap/envelope/";
    public const string Envelope12 = "http://www.w3.org/2003/05/soap-envelope";
    public const string Product = "http://menandmice.com/webservices/";
    public const string Instance = "http://www.w3.org/2001/XMLSchema-instance";
    public const string Schema = "http://www.w3.org/2001/XMLSchema";
    public const string Wsdl11 = "http://schemas.xmlsoap.org/wsdl/soap/";
    public const string Wsdl12 = "http://schemas.xmlsoap.org/wsdl/soap12/";
}
