using Microsoft.Extensions.Configuration;

namespace Gatehouse.Core.Configuration;

/// <summary>A fault in the configuration, with its remedy.</summary>
/// <param name="Option">Full name of the option.</param>
/// <param name="Message">What is wrong and what is allowed.</param>
public sealed record OptionFault(string Option, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Option}: {Message}";
}

/// <summary>JSON type of an option.</summary>
public enum OptionType
{
    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    List,
}

/// <summary>What is known of an option besides its value.</summary>
/// <param name="Name">Its name in the section; may hold ':'.</param>
/// <param name="Type">Its JSON type.</param>
/// <param name="Allowed">What is allowed, in words.</param>
/// <param name="Meaning">What it means, in words.</param>
public sealed record OptionDescription(string Name, OptionType Type, string Allowed, string Meaning)
{
    /// <summary>Smallest whole number.</summary>
    public int? Minimum { get; init; }

    /// <summary>Greatest whole number.</summary>
    public int? Maximum { get; init; }

    /// <summary>Its value is never printed.</summary>
    public bool IsSecret { get; init; }
}

/// <summary>The options of one configuration section, whatever class holds them.</summary>
public interface IOptionTable
{
    /// <summary>Full name of the section.</summary>
    string Section { get; }

    /// <summary>The options, in the order of the documentation.</summary>
    IReadOnlyList<OptionDescription> Options { get; }

    /// <summary>Reads the section into an instance of the class that holds the values.</summary>
    /// <returns>Every fault.</returns>
    IReadOnlyList<OptionFault> Read(IConfiguration root, object target);
}
