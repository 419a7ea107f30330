using Microsoft.Extensions.Options;

namespace Gatehouse.Client;

/// <summary>What every dialect's sign-in needs to know.</summary>
public abstract class SignInOptions
{
    /// <summary>Where the API lives, like <c>https://gate.example:8443/</c>; may have a path. The credential goes nowhere else.</summary>
    public Uri? Address { get; set; }

    /// <summary>Send passwords and tokens over plain HTTP. For tests only.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Longest time for a sign-in; more than zero.</summary>
    public TimeSpan SignInTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for the sign-out at the end; more than zero.</summary>
    public TimeSpan SignOutTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After a refused sign-in none is tried for so long, doubled with every further one up to an hour: a wrong password
    /// must not lock the account. More than zero.
    /// </summary>
    public TimeSpan RefusedPause { get; set; } = TimeSpan.FromMinutes(1);

    internal Uri Base { get; private set; } = null!;

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong: all faults at once.</exception>
    internal void Check()
    {
        var faults = Faults();
        if (faults.Count > 0)
        {
            throw new OptionsValidationException(GetType().Name, GetType(), faults);
        }
    }

    /// <summary>Every fault of these options, with its remedy.</summary>
    internal List<string> Faults()
    {
        var faults = new List<string>();
        if (IsAddress(Address, nameof(Address), faults))
        {
            Base = new UriBuilder(Address!) { Path = Address!.AbsolutePath.TrimEnd('/') + "/" }.Uri;
        }

        Require(SignInTimeout > TimeSpan.Zero, $"{nameof(SignInTimeout)} must be more than zero.", faults);
        Require(SignOutTimeout > TimeSpan.Zero, $"{nameof(SignOutTimeout)} must be more than zero.", faults);
        Require(RefusedPause > TimeSpan.Zero, $"{nameof(RefusedPause)} must be more than zero.", faults);
        AddFaults(faults);
        return faults;
    }

    private protected abstract void AddFaults(List<string> faults);

    private protected static void Require(bool condition, string fault, List<string> faults)
    {
        if (!condition)
        {
            faults.Add(fault);
        }
    }

    private protected bool IsAddress(Uri? address, string name, List<string> faults)
    {
        var count = faults.Count;
        if (address is not { IsAbsoluteUri: true } || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            faults.Add($"{name} must be an absolute https address, like https://gate.example:8443/.");
            return false;
        }

        Require(address.Scheme == Uri.UriSchemeHttps || AllowHttp, $"{name} is plain http, which shows the password to everybody on the way; use https, or set {nameof(AllowHttp)} in a test.", faults);
        Require(address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0, $"{name} must have neither user, query nor fragment.", faults);
        return faults.Count == count;
    }
}

/// <summary>A sign-in by name and password.</summary>
public abstract class PasswordSignInOptions : SignInOptions
{
    /// <summary>The account's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; set; } = "";

    private protected override void AddFaults(List<string> faults)
    {
        Require(Name.Length > 0, $"{nameof(Name)} is missing.", faults);
        Require(Password.Length > 0, $"{nameof(Password)} is missing.", faults);
    }
}

/// <summary>Checking where an instance is taken over.</summary>
internal static class CheckedOptions
{
    /// <summary>The options, when they are good.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong: all faults at once.</exception>
    public static TOptions Checked<TOptions>(this TOptions options)
        where TOptions : SignInOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return options;
    }
}
