using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Core.Configuration;

namespace Gatehouse.Server.Configuration;

/// <summary>Makes the JSON schema of <c>gatehouse.json</c> from the option tables.</summary>
internal static class SettingsSchema
{
    /// <summary>Stands for the name of a section that the operator chooses.</summary>
    public const string AnyName = "*";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(IEnumerable<IOptionTable> tables)
    {
        var root = ObjectSchema();
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "Configuration of Gatehouse";
        root["properties"]!["$schema"] = new JsonObject { ["type"] = "string" };
        root["properties"]!["Logging"] = new JsonObject { ["type"] = "object", ["description"] = "Log levels, as in ASP.NET Core. Levels of Microsoft.* and System.* are fixed: they could show what callers sent." };
        foreach (var table in tables)
        {
            foreach (var option in table.Options)
            {
                Place(root, $"{table.Section}:{option.Name}".Split(':'), option);
            }
        }

        return root.ToJsonString(Indented) + "\n";
    }

    private static void Place(JsonObject root, string[] path, OptionDescription option)
    {
        var node = root;
        foreach (var part in path[..^1])
        {
            if (part == AnyName)
            {
                node["additionalProperties"] = node["additionalProperties"] as JsonObject ?? ObjectSchema();
                node = (JsonObject)node["additionalProperties"]!;
            }
            else
            {
                var properties = (JsonObject)node["properties"]!;
                node = (JsonObject)(properties[part] ??= ObjectSchema());
            }
        }

        node["properties"]![path[^1]] = Describe(option);
    }

    private static JsonObject ObjectSchema() => new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject() };

    private static JsonObject Describe(OptionDescription option)
    {
        var schema = option.Type switch
        {
            OptionType.Flag => new JsonObject { ["type"] = "boolean" },
            OptionType.Whole => new JsonObject { ["type"] = "integer", ["minimum"] = option.Minimum, ["maximum"] = option.Maximum },
            OptionType.List => new JsonObject { ["type"] = new JsonArray("array", "string"), ["items"] = new JsonObject { ["type"] = "string" } },
            _ => new JsonObject { ["type"] = "string" },
        };
        schema["description"] = $"{option.Meaning} Allowed is {option.Allowed}.";
        return schema;
    }
}
