namespace Gatehouse.Core.Operator;

/// <summary>How bad a finding is.</summary>
public enum FindingLevel
{
    /// <summary>It works.</summary>
    Good,

    /// <summary>It works, but not as well or as safely as it could.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Fault,
}

/// <summary>Something that was looked at.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Subject">What was looked at, in a few words.</param>
/// <param name="Message">What was found. Never holds a password or a token.</param>
/// <param name="Remedy">What to do about it; null where nothing is to be done.</param>
public sealed record Finding(FindingLevel Level, string Subject, string Message, string? Remedy = null);

/// <summary>A part of the installation that can say what is wrong with it (<c>gatehouse doctor</c>).</summary>
public interface IExaminer
{
    /// <summary>Its name in the configuration.</summary>
    string Name { get; }

    /// <summary>What it is: <c>ldap</c>, <c>kerberos</c>, <c>sso</c> ...</summary>
    string Kind { get; }

    /// <summary>Looks at everything that must be right for it to work. Faults are findings, never exceptions.</summary>
    ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken);
}
