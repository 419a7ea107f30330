using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using System.Xml;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>
/// A WSDL whose address elements say where it was asked for, and which is otherwise served byte for byte (MIC-69 to
/// MIC-72): the texts between its addresses.
/// </summary>
internal sealed class WsdlTemplate
{
    private readonly string[] _between;

    private WsdlTemplate(string[] between) => _between = between;

    /// <summary>The WSDL of the commands that are answered here.</summary>
    public static WsdlTemplate BuiltIn { get; } = TryParse(Encoding.UTF8.GetBytes(BuiltInText), out var template, out var fault) ? template : throw new InvalidOperationException(fault);

    /// <summary>Reads a WSDL.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="template">The template.</param>
    /// <param name="fault">What is wrong with it, and the remedy.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out WsdlTemplate? template, [NotNullWhen(false)] out string? fault)
    {
        template = null;
        if (!Utf8.IsValid(bytes))
        {
            fault = "it is not UTF-8; save it as UTF-8.";
            return false;
        }

        var mark = bytes.Length - PlainXml.WithoutMark(bytes).Length;
        var text = Encoding.UTF8.GetString(bytes[mark..]);
        if (PlainXml.HasDocumentType(text))
        {
            fault = "it has a document type declaration; remove it.";
            return false;
        }

        try
        {
            var between = Split(text, FindLocations(text));
            between[0] = mark > 0 ? $"\ufeff{between[0]}" : between[0];
            template = between.Length > 1 ? new WsdlTemplate(between) : null;
            fault = template is null ? "it has no address element with a location; name a WSDL that describes a service." : null;
        }
        catch (XmlException exception)
        {
            fault = $"it is not well-formed XML (line {exception.LineNumber}); mend it.";
        }

        return fault is null && template is not null;
    }

    /// <summary>The document, with an address in its places.</summary>
    public string Write(string address)
    {
        var escaped = new StringBuilder().AppendEscaped(address).ToString();
        return string.Join(escaped, _between);
    }

    /// <summary>Where the values of the location attributes stand in the text.</summary>
    private static List<Range> FindLocations(string text)
    {
        var lines = PlainXml.LineStarts(text);
        var found = new List<Range>();
        using var reader = XmlReader.Create(new StringReader(text), PlainXml.ReaderSettings(ConformanceLevel.Document));
        while (reader.Read())
        {
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "address", NamespaceURI: SoapNames.Wsdl11 or SoapNames.Wsdl12 } && reader.MoveToAttribute("location"))
            {
                var info = (IXmlLineInfo)reader;
                var name = lines[info.LineNumber - 1] + info.LinePosition - 1;
                var open = text.AsSpan(name).IndexOfAny('"', '\'') + name;
                found.Add((open + 1)..text.IndexOf(text[open], open + 1));
                reader.MoveToElement();
            }
        }

        return found;
    }

    private static string[] Split(string text, List<Range> places)
    {
        var between = new List<string>();
        var from = 0;
        foreach (var place in places)
        {
            between.Add(text[from..place.Start.Value]);
            from = place.End.Value;
        }

        between.Add(text[from..]);
        return [.. between];
    }

    private const string BuiltInText =
        """
        <?xml version="1.0" encoding="utf-8"?>
        <wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://menandmice.com/webservices/" targetNamespace="http://menandmice.com/webservices/">
          <wsdl:types>
            <xsd:schema elementFormDefault="qualified" targetNamespace="http://menandmice.com/webservices/">
              <xsd:element name="Login">
                <xsd:complexType>
                  <xsd:sequence>
                    <xsd:element name="server" type="xsd:string" minOccurs="0" maxOccurs="1"/>
                    <xsd:element name="loginName" type="xsd:string" minOccurs="1" maxOccurs="1"/>
                    <xsd:element name="password" type="xsd:string" minOccurs="1" maxOccurs="1"/>
                    <xsd:element name="replaceControlCharacters" type="xsd:boolean" minOccurs="0" maxOccurs="1"/>
                  </xsd:sequence>
                </xsd:complexType>
              </xsd:element>
              <xsd:element name="LoginResponse">
                <xsd:complexType>
                  <xsd:sequence>
                    <xsd:element name="session" type="xsd:string" minOccurs="1" maxOccurs="1"/>
                  </xsd:sequence>
                </xsd:complexType>
              </xsd:element>
              <xsd:element name="Logout">
                <xsd:complexType>
                  <xsd:sequence>
                    <xsd:element name="session" type="xsd:string" minOccurs="0" maxOccurs="1"/>
                  </xsd:sequence>
                </xsd:complexType>
              </xsd:element>
              <xsd:element name="LogoutResponse">
                <xsd:complexType/>
              </xsd:element>
            </xsd:schema>
          </wsdl:types>
          <wsdl:message name="LoginSoapIn">
            <wsdl:part name="parameters" element="tns:Login"/>
          </wsdl:message>
          <wsdl:message name="LoginSoapOut">
            <wsdl:part name="parameters" element="tns:LoginResponse"/>
          </wsdl:message>
          <wsdl:message name="LogoutSoapIn">
            <wsdl:part name="parameters" element="tns:Logout"/>
          </wsdl:message>
          <wsdl:message name="LogoutSoapOut">
            <wsdl:part name="parameters" element="tns:LogoutResponse"/>
          </wsdl:message>
          <wsdl:portType name="ServiceSoap">
            <wsdl:operation name="Login">
              <wsdl:input message="tns:LoginSoapIn"/>
              <wsdl:output message="tns:LoginSoapOut"/>
            </wsdl:operation>
            <wsdl:operation name="Logout">
              <wsdl:input message="tns:LogoutSoapIn"/>
              <wsdl:output message="tns:LogoutSoapOut"/>
            </wsdl:operation>
          </wsdl:portType>
          <wsdl:binding name="ServiceSoap" type="tns:ServiceSoap">
            <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
            <wsdl:operation name="Login">
              <soap:operation soapAction="http://menandmice.com/webservices/Login" style="document"/>
              <wsdl:input><soap:body use="literal"/></wsdl:input>
              <wsdl:output><soap:body use="literal"/></wsdl:output>
            </wsdl:operation>
            <wsdl:operation name="Logout">
              <soap:operation soapAction="http://menandmice.com/webservices/Logout" style="document"/>
              <wsdl:input><soap:body use="literal"/></wsdl:input>
              <wsdl:output><soap:body use="literal"/></wsdl:output>
            </wsdl:operation>
          </wsdl:binding>
          <wsdl:binding name="ServiceSoap12" type="tns:ServiceSoap">
            <soap12:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
            <wsdl:operation name="Login">
              <soap12:operation soapAction="http://menandmice.com/webservices/Login" style="document"/>
              <wsdl:input><soap12:body use="literal"/></wsdl:input>
              <wsdl:output><soap12:body use="literal"/></wsdl:output>
            </wsdl:operation>
            <wsdl:operation name="Logout">
              <soap12:operation soapAction="http://menandmice.com/webservices/Logout" style="document"/>
              <wsdl:input><soap12:body use="literal"/></wsdl:input>
              <wsdl:output><soap12:body use="literal"/></wsdl:output>
            </wsdl:operation>
          </wsdl:binding>
          <wsdl:service name="Service">
            <wsdl:port name="ServiceSoap" binding="tns:ServiceSoap">
              <soap:address location=""/>
            </wsdl:port>
            <wsdl:port name="ServiceSoap12" binding="tns:ServiceSoap12">
              <soap12:address location=""/>
            </wsdl:port>
          </wsdl:service>
        </wsdl:definitions>

        """;
}
