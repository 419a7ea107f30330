using System.Text;
using Gatehouse.Core.Configuration;

namespace Gatehouse.Gateway.Routing;

/// <summary>The account with which the gate signs in at an upstream (options <c>SignIn:*</c> of a route).</summary>
public sealed class RouteSignIn
{
    private const int LongestPassword = 1_024;

    /// <summary>The dialect that the upstream speaks.</summary>
    public string? Dialect { get; set; }

    /// <summary>The account, or the client's id.</summary>
    public string? Account { get; set; }

    /// <summary>File with the password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>The password.</summary>
    public string? Password { get; set; }

    /// <summary>Where to sign in, in the dialects that have tenants.</summary>
    public string? Tenant { get; set; }

    /// <summary>Let requests act as the caller.</summary>
    public bool Impersonate { get; set; }

    /// <summary>Send the password over plain HTTP.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Where access tokens come from.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>The scope to ask for.</summary>
    public string? Scope { get; set; }

    /// <summary>The audience to ask for.</summary>
    public string? Audience { get; set; }

    /// <summary>Pause after a refused sign-in, in seconds.</summary>
    public int RefusedPauseSeconds { get; set; } = 60;

    /// <summary>Whether nothing was set.</summary>
    internal bool IsEmpty => (Dialect ?? Account ?? PasswordFile ?? Password ?? Tenant ?? TokenEndpoint ?? Scope ?? Audience) is null && !Impersonate && !AllowHttp;

    /// <summary>The file of the password, whole, when others than its owner can read or write it; else null.</summary>
    internal string? LooseFile { get; private set; }

    /// <summary>Reads the password from its file.</summary>
    /// <param name="section">The route's section, for the fault.</param>
    /// <param name="baseDirectory">Where relative paths begin.</param>
    /// <returns>What is wrong; never what stands in the file.</returns>
    internal OptionFault? Load(string section, string baseDirectory)
    {
        if (PasswordFile is null || Password is not null)
        {
            return null;
        }

        var file = Path.Combine(baseDirectory, PasswordFile);
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file));
            text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            if (text.Length is 0 or > LongestPassword || text.Any(char.IsControl))
            {
                return Fault($"must hold one line of 1 to {LongestPassword} characters");
            }

            Password = text;
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            LooseFile = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != UnixFileMode.None ? file : null;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Fault("must be a readable file in UTF-8");
        }

        OptionFault Fault(string what) => new($"{section}:SignIn:PasswordFile", $"'{Core.Text.TypedText.Escape(PasswordFile)}' cannot be used: it {what}.");
    }
}
