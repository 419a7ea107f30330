using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gatehouse.Core.Configuration;

/// <summary>
/// The options of one configuration section: their names, what each allows, and what it means. One table reads them,
/// reports every fault with its remedy, and makes the JSON schema.
/// <para>To add an option: 1. give <typeparamref name="T"/> a property with the default; 2. add a line to its table;
/// 3. write it into the dialect's page or <c>docs/operations.md</c>; 4. renew <c>gatehouse.schema.json</c> (its test says how).</para>
/// </summary>
/// <typeparam name="T">The class that holds the values; a new instance has the defaults.</typeparam>
public sealed class OptionTable<T>(string section) : IOptionTable
    where T : class
{
    private readonly List<Row> _rows = [];
    private readonly List<CrossRule> _rules = [];

    /// <inheritdoc/>
    public string Section { get; } = section;

    /// <inheritdoc/>
    public IReadOnlyList<OptionDescription> Options => _rows.ConvertAll(row => row.Description);

    /// <summary>An option that is true or false.</summary>
    public OptionTable<T> Flag(string name, Action<T, bool> set, string meaning) =>
        Add(name, OptionType.Flag, "true or false", meaning, (target, text) =>
        {
            var readable = bool.TryParse(text, out var value);
            if (readable)
            {
                set(target, value);
            }

            return readable;
        });

    /// <summary>An option that is a whole number.</summary>
    public OptionTable<T> Whole(string name, Action<T, int> set, int minimum, int maximum, string meaning)
    {
        Add(name, OptionType.Whole, string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}"), meaning, (target, text) =>
        {
            var readable = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum;
            if (readable)
            {
                set(target, value);
            }

            return readable;
        });
        _rows[^1] = _rows[^1] with { Description = _rows[^1].Description with { Minimum = minimum, Maximum = maximum } };
        return this;
    }

    /// <summary>An option that is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">Takes the value; false when it is not allowed.</param>
    /// <param name="allowed">What is allowed, in words that follow "allowed is".</param>
    /// <param name="meaning">What it means.</param>
    /// <param name="isSecret">Its value is never printed.</param>
    public OptionTable<T> Text(string name, Func<T, string, bool> set, string allowed, string meaning, bool isSecret = false) =>
        Add(name, OptionType.Text, allowed, meaning, set, isSecret);

    /// <summary>An option that is a text, with faults that need words of their own: a file whose third line is wrong.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">Takes the value; returns what is wrong and the remedy, or null.</param>
    /// <param name="allowed">What is allowed, in words.</param>
    /// <param name="meaning">What it means.</param>
    public OptionTable<T> Explained(string name, Func<T, string, string?> set, string allowed, string meaning)
    {
        _rows.Add(new Row(new OptionDescription(name, OptionType.Text, allowed, meaning), Read) { ExplainsItself = true });
        return this;

        string? Read(T target, IConfigurationSection node) => node.Value is { } text ? set(target, text) : $"'' is not allowed; allowed is {allowed}.";
    }

    /// <summary>An option that is a list: a JSON array, numbered variables, or one comma-separated text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">Takes the items; returns the first that is not allowed, or null.</param>
    /// <param name="allowed">What is allowed, in words that follow "allowed is".</param>
    /// <param name="meaning">What it means.</param>
    public OptionTable<T> List(string name, Func<T, IReadOnlyList<string>, string?> set, string allowed, string meaning)
    {
        _rows.Add(new Row(new OptionDescription(name, OptionType.List, allowed, meaning), (target, node) =>
        {
            var items = ItemsOf(node);
            return items is null ? node.Value ?? "" : set(target, items);
        }));
        return this;
    }

    /// <summary>A rule over several options.</summary>
    /// <param name="name">The option that the fault is reported for.</param>
    /// <param name="fault">Says what is wrong and what to do, or null.</param>
    /// <param name="others">The other options that it looks at: nothing is said of a value that cannot be read.</param>
    public OptionTable<T> Rule(string name, Func<T, string?> fault, params string[] others)
    {
        _rules.Add(new CrossRule(name, fault, others));
        return this;
    }

    /// <inheritdoc/>
    IReadOnlyList<OptionFault> IOptionTable.Read(IConfiguration root, object target) => Read(root, (T)target);

    /// <summary>Reads the section into an instance.</summary>
    /// <returns>Every fault.</returns>
    public IReadOnlyList<OptionFault> Read(IConfiguration root, T target)
    {
        ArgumentNullException.ThrowIfNull(root);
        var here = root.GetSection(Section);
        var faults = new List<OptionFault>();
        foreach (var row in _rows)
        {
            var node = here.GetSection(row.Description.Name);
            if (!node.Exists())
            {
                continue;
            }

            if (row.Read(target, node) is not { } value)
            {
                continue;
            }

            if (row.ExplainsItself)
            {
                faults.Add(new OptionFault($"{Section}:{row.Description.Name}", value));
            }
            else
            {
                var shown = row.Description.IsSecret ? "the value" : $"'{Core.Text.TypedText.Escape(value)}'";
                faults.Add(new OptionFault($"{Section}:{row.Description.Name}", $"{shown} is not allowed; allowed is {row.Description.Allowed}."));
            }
        }

        var unreadable = faults.Select(fault => fault.Option[(Section.Length + 1)..]).ToHashSet(StringComparer.Ordinal);
        faults.AddRange(_rules
            .Where(rule => !unreadable.Contains(rule.Name) && !unreadable.Overlaps(rule.Others))
            .Select(rule => rule.Fault(target) is { } message ? new OptionFault($"{Section}:{rule.Name}", message) : null)
            .OfType<OptionFault>());
        return faults;
    }

    private static IReadOnlyList<string>? ItemsOf(IConfigurationSection node)
    {
        if (node.Value is { } text)
        {
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        var children = node.GetChildren().ToList();
        return children.TrueForAll(child => child.Value is not null) ? children.ConvertAll(child => child.Value!.Trim()) : null;
    }

    private OptionTable<T> Add(string name, OptionType type, string allowed, string meaning, Func<T, string, bool> set, bool isSecret = false)
    {
        _rows.Add(new Row(
            new OptionDescription(name, type, allowed, meaning) { IsSecret = isSecret },
            (target, node) => node.Value is { } text && set(target, text) ? null : node.Value ?? ""));
        return this;
    }

    private sealed record CrossRule(string Name, Func<T, string?> Fault, string[] Others);

    /// <summary>Reads a value into the target; returns the text that is not allowed, or the whole explanation, or null.</summary>
    private sealed record Row(OptionDescription Description, Func<T, IConfigurationSection, string?> Read)
    {
        public bool ExplainsItself { get; init; }
    }
}
