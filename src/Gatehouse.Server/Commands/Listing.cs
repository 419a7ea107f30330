using System.CommandLine;
using System.Text.Json;
using Gatehouse.Core.Text;
using Spectre.Console;

namespace Gatehouse.Server.Commands;

/// <summary>One row of a list: its members in the order in which they are shown, for people and as JSON alike.</summary>
internal interface IListed
{
    IReadOnlyList<(string Name, object? Value)> Members { get; }
}

/// <summary>Writes lists: a table for people, an array for programs.</summary>
internal static class Listing
{
    private const int WidthOfPipes = 240;
    private const int RowsOfATable = 1_000;
    private const int BytesAtOnce = 64 * 1024;

    public static Option<bool> JsonOption() => new("--json") { Description = "Write JSON." };

    public static void Write(bool json, IEnumerable<IListed> rows)
    {
        if (json)
        {
            WriteJson(writer =>
            {
                writer.WriteStartArray();
                foreach (var row in rows)
                {
                    WriteObject(writer, row);
                }

                writer.WriteEndArray();
            });
            return;
        }

        var table = new Table { Border = TableBorder.None };
        foreach (var row in rows)
        {
            if (table.Columns.Count == 0)
            {
                table.AddColumns([.. row.Members.Select(member => member.Name)]);
            }

            table.AddRow([.. row.Members.Select(member => Markup.Escape(TextOf(member.Value)))]);
        }

        if (table.Columns.Count > 0)
        {
            if (Console.IsOutputRedirected)
            {
                AnsiConsole.Profile.Width = WidthOfPipes;
            }

            AnsiConsole.Write(table);
        }
    }

    /// <summary>Writes a list that may be too long for memory: JSON as its rows come, tables page by page.</summary>
    public static async Task WriteAsync(bool json, IAsyncEnumerable<IListed> rows, CancellationToken cancellationToken)
    {
        if (!json)
        {
            await foreach (var page in rows.Chunk(RowsOfATable).WithCancellation(cancellationToken))
            {
                Write(json, page);
            }

            return;
        }

        await using var output = Console.OpenStandardOutput();
        await using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartArray();
            await foreach (var row in rows.WithCancellation(cancellationToken))
            {
                WriteObject(writer, row);
                if (writer.BytesPending > BytesAtOnce)
                {
                    await writer.FlushAsync(cancellationToken);
                }
            }

            writer.WriteEndArray();
        }

        output.Write("\n"u8);
    }

    public static void WriteOne(bool json, IListed row)
    {
        if (json)
        {
            WriteJson(writer => WriteObject(writer, row));
            return;
        }

        foreach (var (name, value) in row.Members)
        {
            Console.Out.WriteLine($"{name,-10} {TextOf(value)}");
        }
    }

    public static void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output))
        {
            write(writer);
        }

        output.Write("\n"u8);
    }

    public static void WriteObject(Utf8JsonWriter writer, IListed row)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in row.Members)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, value);
        }

        writer.WriteEndObject();
    }

    public static string TextOf(object? value) => value switch
    {
        null => "-",
        bool flag => flag ? "yes" : "no",
        IEnumerable<string> items => string.Join(", ", items.Select(TypedText.Escape)),
        _ => TypedText.Escape(value.ToString()!),
    };
}
