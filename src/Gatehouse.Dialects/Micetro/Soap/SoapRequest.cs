using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using System.Xml;

namespace Gatehouse.Dialects.Micetro.Soap;

/// <summary>A SOAP call as it was sent (contract section 5).</summary>
/// <param name="Version">Which SOAP it speaks.</param>
/// <param name="Command">Local name of its command; empty when the call cannot be read.</param>
/// <param name="Parameters">What is read of its parameters.</param>
/// <param name="Error">What is wrong with it, or null.</param>
internal sealed record SoapRequest(SoapVersion Version, string Command, CommandParameters Parameters, MicetroError? Error)
{
    public const string Login = "LOGIN";
    public const string Logout = "LOGOUT";

    /// <summary>Where the element with the session stands in the body, in bytes; null when there is none.</summary>
    public Range? Session { get; private init; }

    /// <summary>Reads a call. What is no SOAP at all is answered in the 1.1 form (MIC-60).</summary>
    public static SoapRequest Read(ReadOnlySpan<byte> body)
    {
        if (PlainXml.DeclaredEncoding(body)?.ToLowerInvariant() is not (null or "utf-8" or "utf8" or "us-ascii"))
        {
            return Refused(MicetroError.NotPlainUtf8);
        }

        var mark = body.Length - PlainXml.WithoutMark(body).Length;
        body = body[mark..];
        if (!Utf8.IsValid(body))
        {
            return Refused(MicetroError.Unreadable);
        }

        var text = Encoding.UTF8.GetString(body);
        if (PlainXml.HasDocumentType(text))
        {
            return Refused(MicetroError.DocumentType);
        }

        try
        {
            using var reader = XmlReader.Create(new StringReader(text), PlainXml.ReaderSettings(ConformanceLevel.Document));
            var walk = new Walk(reader);
            var request = walk.Read();
            return walk.Session is { } session ? request with { Session = BytesOf(text, session, mark) } : request;
        }
        catch (XmlException)
        {
            return Refused(MicetroError.Unreadable);
        }
    }

    /// <summary>Nothing: the password has no business in logs.</summary>
    public override string ToString() => nameof(SoapRequest);

    /// <summary>From the name in the start tag to the name in the end tag, as the reader saw them, to whole tags in bytes.</summary>
    private static Range BytesOf(string text, ElementPlace place, int mark)
    {
        var lines = PlainXml.LineStarts(text);
        var start = lines[place.Start.Line - 1] + place.Start.Column - 2;
        var end = EndOfTag(text, lines[place.End.Line - 1] + place.End.Column - 1);
        return (mark + Encoding.UTF8.GetByteCount(text.AsSpan(0, start)))..(mark + Encoding.UTF8.GetByteCount(text.AsSpan(0, end)));
    }

    /// <summary>Past the <c>&gt;</c> that ends a tag; one in the value of an attribute does not.</summary>
    private static int EndOfTag(string text, int at)
    {
        for (var quote = '\0'; quote != '\0' || text[at] != '>'; at++)
        {
            quote = quote == text[at] ? '\0' : quote == '\0' && text[at] is '"' or '\'' ? text[at] : quote;
        }

        return at + 1;
    }

    private static SoapRequest Refused(MicetroError error, SoapVersion version = SoapVersion.V11) => new(version, "", new CommandParameters([]), error);

    /// <summary>Where an element stands: the place of its name in the start tag, and in its last tag, both counted from 1.</summary>
    private readonly record struct ElementPlace((int Line, int Column) Start, (int Line, int Column) End);

    /// <summary>One walk through a message, from its first node to its last, so that nothing wrong stands behind what was read.</summary>
    private sealed class Walk(XmlReader reader)
    {
        private const int MaximumDepth = 64;
        private const int MaximumAttributes = 256;
        private const int EnvelopeDepth = 0;
        private const int SectionDepth = 1;
        private const int CommandDepth = 2;
        private const int ParameterDepth = 3;

        private readonly StringBuilder _text = new();
        private string _envelope = "";
        private string? _section;
        private int _bodies;
        private int _commands;
        private string _command = "";
        private CommandParameters _parameters = new([]);
        private string? _parameter;
        private bool _isNil;
        private MicetroError? _error;
        private (int Line, int Column) _entered;

        /// <summary>Where the session stands.</summary>
        public ElementPlace? Session { get; private set; }

        private (int Line, int Column) Here => reader is IXmlLineInfo info ? (info.LineNumber, info.LinePosition) : (1, 1);

        public SoapRequest Read()
        {
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        if (reader.Depth >= MaximumDepth || reader.AttributeCount > MaximumAttributes)
                        {
                            return Refused(MicetroError.Unreadable);
                        }

                        if (reader.Depth == EnvelopeDepth && EnvelopeFault() is { } fault)
                        {
                            return Refused(fault);
                        }

                        Enter();
                        break;
                    case XmlNodeType.EndElement when reader.Depth == ParameterDepth:
                        Leave();
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                        Take();
                        break;
                }
            }

            var version = _envelope == SoapNames.Envelope12 ? SoapVersion.V12 : SoapVersion.V11;
            var error = _bodies != 1 || _commands != 1 ? MicetroError.Unreadable : _error ?? (_parameters.GivenTwice is { } name ? MicetroError.GivenTwice(name) : null);
            return error is null ? new SoapRequest(version, _command, _parameters, null) : Refused(error, version);
        }

        private MicetroError? EnvelopeFault()
        {
            _envelope = reader.NamespaceURI;
            return reader.LocalName != "Envelope" ? MicetroError.Unreadable
                : _envelope is SoapNames.Envelope11 or SoapNames.Envelope12 ? null
                : MicetroError.VersionMismatch;
        }

        private void Enter()
        {
            switch (reader.Depth)
            {
                case SectionDepth:
                    _section = reader.NamespaceURI == _envelope ? reader.LocalName : null;
                    _bodies += _section == "Body" ? 1 : 0;
                    break;
                case CommandDepth when _section == "Header":
                    if (reader.GetAttribute("mustUnderstand", _envelope)?.Trim() is "1" or "true")
                    {
                        _error ??= MicetroError.MustUnderstand;
                    }

                    break;
                case CommandDepth when _section == "Body" && ++_commands == 1:
                    _command = reader.LocalName;
                    _parameters = new CommandParameters(_command.ToUpperInvariant() is Login or Logout ? ParameterNames.OfSoapCommands : ParameterNames.OfCalls);
                    break;
                case ParameterDepth when _section == "Body" && _commands == 1 && _parameters.Reads(reader.LocalName):
                    EnterParameter();
                    break;
                case > ParameterDepth when _parameter is not null:
                    // An element inside a value (MIC-57).
                    _error ??= MicetroError.Unreadable;
                    break;
            }
        }

        private void EnterParameter()
        {
            if (reader.NamespaceURI is not ("" or SoapNames.Product))
            {
                // Not ours; beside ours it is a second one for a reader that looks at local names only.
                _parameters.See(reader.LocalName);
                return;
            }

            (_parameter, _isNil) = (reader.LocalName, reader.GetAttribute("nil", SoapNames.Instance)?.Trim() is "1" or "true");
            _text.Clear();
            _entered = Here;
            if (reader.IsEmptyElement)
            {
                Leave();
            }
        }

        private void Leave()
        {
            if (_parameter is null)
            {
                return;
            }

            // Only of a session the blanks around it mean nothing (MIC-67).
            var isSession = _parameter.Equals(ParameterNames.Session, StringComparison.OrdinalIgnoreCase);
            var value = isSession ? _text.ToString().Trim(' ', '\t', '\r', '\n') : _text.ToString();
            if (isSession)
            {
                Session = new ElementPlace(_entered, Here);
            }

            _parameters.Add(_parameter, _isNil ? new ParameterValue(JsonValueKind.Null, null) : ParameterValue.Of(value));
            _parameter = null;
        }

        /// <summary>Comments and instructions inside a value are left out; what stands around them is one text (MIC-58).</summary>
        private void Take()
        {
            if (_parameter is not null)
            {
                _text.Append(reader.Value);
            }
            else if (reader.Depth <= CommandDepth && !string.IsNullOrWhiteSpace(reader.Value))
            {
                // Text where only elements belong.
                _error ??= MicetroError.Unreadable;
            }
        }
    }
}
