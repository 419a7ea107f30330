using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Core.Text;

/// <summary>
/// A name as it was typed, brought into its one form: normal form C without outer white space (HTT-72), and the key
/// under which everything that belongs to it is counted, locked, cached, audited and stored.
/// </summary>
/// <param name="Exact">Letter case as typed; what a local account's name is compared with (HTT-73).</param>
/// <param name="Key">Without letter case; two names with one key never coexist (HTT-74).</param>
public readonly record struct CanonicalName(string Exact, string Key)
{
    /// <summary>Reads a typed name.</summary>
    /// <returns>False when it is not valid Unicode.</returns>
    public static bool TryRead([NotNullWhen(true)] string? typed, out CanonicalName name)
    {
        name = default;
        if (typed is null || !TypedText.TryNormalize(typed, out var normal))
        {
            return false;
        }

        var exact = normal.Trim();
        name = new CanonicalName(exact, Fold(exact));
        return true;
    }

    /// <summary>The key of a name that is known to be valid Unicode.</summary>
    /// <exception cref="ArgumentException">The name is not valid Unicode.</exception>
    public static string KeyOf(string typed) =>
        TryRead(typed, out var name) ? name.Key : throw new ArgumentException("The name is not valid Unicode.", nameof(typed));

    /// <summary>Says what is wrong with a name that an account or a tenant shall get (HTT-74).</summary>
    /// <param name="name">The name as typed.</param>
    /// <param name="maximum">Longest allowed, in code points.</param>
    /// <param name="forbidden">Characters that may not stand in it.</param>
    /// <returns>The fault in words, or null.</returns>
    public static string? FaultOf(string name, int maximum, string forbidden = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!TryRead(name, out var canonical))
        {
            return "it is not valid Unicode";
        }

        return name switch
        {
            "" => "it is empty",
            "." or ".." => "it is a dot segment",
            _ when TypedText.HasControl(name) => "it holds a control character",
            _ when name.Trim().Length != name.Length => "it has blanks around it",
            _ when TypedText.Length(canonical.Exact) > maximum => $"it is longer than {maximum} characters",
            _ when name.AsSpan().ContainsAny(forbidden) => $"it holds one of {forbidden}",
            _ => null,
        };
    }

    // Upper case first: several lower-case letters share one upper-case form (final sigma, long s).
    private static string Fold(string exact) =>
        Ascii.IsValid(exact) ? exact.ToLowerInvariant() : exact.ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormC);
}
