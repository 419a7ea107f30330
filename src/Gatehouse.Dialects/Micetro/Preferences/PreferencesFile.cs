using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using System.Xml;
using System.Xml.Linq;
using Gatehouse.Dialects.Micetro.Soap;

namespace Gatehouse.Dialects.Micetro;

/// <summary>
/// Reads <c>preferences.cfg</c> as the product keeps it (MIC-103): empty elements one after the other, with or without
/// one root around them; a text line <c>Name = value</c> between them counts the same.
/// </summary>
public static partial class PreferencesFile
{
    private const string AuthorizationMethodsName = "AuthorizationMethods";
    private const string LockToDefaultServerName = "LockToDefaultServer";
    private const string FixedCentralServerName = "FixedCentralServer";
    private const string DefaultCentralServerName = "DefaultCentralServer";
    private const int MaximumDepth = 64;
    private const string Unreadable = "it is not well-formed XML; mend it, or take the product's own file.";
    private static readonly string[] Known = [AuthorizationMethodsName, LockToDefaultServerName, FixedCentralServerName, DefaultCentralServerName];

    /// <summary>Largest file, in bytes.</summary>
    public const int MaximumBytes = 1024 * 1024;

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="faults">What is wrong, each with its remedy; no value is in them but words of <c>AuthorizationMethods</c>.</param>
    /// <returns>What it says, as far as it could be read.</returns>
    public static MicetroPreferences Read(ReadOnlySpan<byte> content, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        faults = found;
        if (content.Length > MaximumBytes)
        {
            found.Add("it is larger than 1 MiB; remove what does not belong into it.");
            return new MicetroPreferences();
        }

        content = PlainXml.WithoutMark(content);
        if (!Utf8.IsValid(content))
        {
            found.Add("it is not UTF-8; save it as UTF-8.");
            return new MicetroPreferences();
        }

        var text = Encoding.UTF8.GetString(content);
        if (PlainXml.HasDocumentType(text))
        {
            found.Add("it has a document type declaration; remove it.");
            return new MicetroPreferences();
        }

        if (ReadNodes(text) is not { } nodes)
        {
            found.Add(Unreadable);
            return new MicetroPreferences();
        }

        return Interpret(CollectSettings(nodes, found), found);
    }

    private static List<XNode>? ReadNodes(string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), PlainXml.ReaderSettings(ConformanceLevel.Fragment));
            var nodes = new List<XNode>();
            reader.Read();
            while (!reader.EOF)
            {
                if (reader.NodeType is XmlNodeType.XmlDeclaration or XmlNodeType.None)
                {
                    reader.Read();
                }
                else
                {
                    nodes.Add(XNode.ReadFrom(reader));
                }
            }

            return nodes.OfType<XElement>().Any(IsTooDeep) ? null : Unwrapped(nodes);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static bool IsTooDeep(XElement element) => element.DescendantNodes().Any(node => node.Ancestors().Skip(MaximumDepth - 1).Any());

    /// <summary>The settings of one root around them: an element that stands alone, is no setting itself, and holds something.</summary>
    private static List<XNode> Unwrapped(List<XNode> nodes)
    {
        var elements = nodes.OfType<XElement>().ToList();
        var isRoot = elements is [{ IsEmpty: false } root] && KnownNameOf(root.Name.LocalName) is null && root.Attribute("value") is null
            && nodes.OfType<XText>().All(line => string.IsNullOrWhiteSpace(line.Value));
        return isRoot ? [.. elements[0].Nodes()] : nodes;
    }

    private static List<(string Name, string? Value)> CollectSettings(List<XNode> nodes, List<string> faults)
    {
        var settings = new List<(string Name, string? Value)>();
        foreach (var node in nodes)
        {
            if (node is XElement element)
            {
                if (KnownNameOf(element.Name.LocalName) is { } known && element.Nodes().Any(inner => inner is not XComment && !(inner is XText blank && string.IsNullOrWhiteSpace(blank.Value))))
                {
                    faults.Add($"{known} holds more than its attribute 'value'; write it as <{known} value=\"...\" />.");
                }

                settings.Add((element.Name.LocalName, element.Attribute("value")?.Value));
            }
            else if (node is XText lines)
            {
                CollectLines(lines.Value, settings, faults);
            }
        }

        return settings;
    }

    private static void CollectLines(string text, List<(string Name, string? Value)> settings, List<string> faults)
    {
        foreach (var line in text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            if (SettingLine().Match(line) is { Success: true } setting)
            {
                settings.Add((setting.Groups["name"].Value, setting.Groups["value"].Value.Trim()));
            }
            else
            {
                faults.Add("there is text between its elements that is no setting; remove it, or write it as an element with an attribute 'value'.");
            }
        }
    }

    private static MicetroPreferences Interpret(List<(string Name, string? Value)> settings, List<string> faults)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var unknown = new List<string>();
        foreach (var (name, value) in settings)
        {
            if (KnownNameOf(name) is not { } known)
            {
                unknown.Add(name);
            }
            else if (value is null)
            {
                faults.Add($"{known} has no attribute 'value'; write it as <{known} value=\"...\" />.");
            }
            else if (!values.TryAdd(known, value))
            {
                faults.Add($"{known} stands there twice; keep one.");
            }
        }

        return new MicetroPreferences
        {
            Methods = values.TryGetValue(AuthorizationMethodsName, out var methods) ? ReadMethods(methods, faults) : AuthorizationMethods.Basic,
            LockToDefaultServer = ReadSwitch(LockToDefaultServerName, values, faults) ?? ReadSwitch(FixedCentralServerName, values, faults) ?? true,
            DefaultCentralServer = values.TryGetValue(DefaultCentralServerName, out var central) && !string.IsNullOrWhiteSpace(central) ? central.Trim() : "localhost",
            UnknownSettings = unknown,
        };
    }

    /// <summary>MIC-105, MIC-106: a set, whatever its order.</summary>
    private static AuthorizationMethods ReadMethods(string value, List<string> faults)
    {
        var methods = AuthorizationMethods.None;
        foreach (var word in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            AuthorizationMethods? method = word.ToLowerInvariant() switch
            {
                "basic" => AuthorizationMethods.Basic,
                "kerberos" => AuthorizationMethods.Kerberos,
                "ntlm" => AuthorizationMethods.Ntlm,
                "bearer" => AuthorizationMethods.None,
                _ => null,
            };
            if (method is null)
            {
                faults.Add($"{AuthorizationMethodsName} has an unknown word '{Core.Text.TypedText.Escape(Core.Text.TypedText.Cut(word, 32))}'; allowed are Basic, Kerberos and NTLM, separated by commas.");
            }

            methods |= method ?? AuthorizationMethods.None;
        }

        return methods;
    }

    private static bool? ReadSwitch(string name, Dictionary<string, string> values, List<string> faults)
    {
        if (!values.TryGetValue(name, out var value))
        {
            return null;
        }

        switch (value.Trim().ToLowerInvariant())
        {
            case "1" or "true":
                return true;
            case "0" or "false":
                return false;
            default:
                faults.Add($"{name} is neither 0, 1, true nor false; write one of them.");
                return true;
        }
    }

    private static string? KnownNameOf(string name) => Array.Find(Known, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\s*=(?<value>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingLine();
}
