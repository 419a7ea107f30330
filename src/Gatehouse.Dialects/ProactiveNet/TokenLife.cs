using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>How long a token lives and is remembered. Decided once, at start; tokens keep the end that they were given (PN-36).</summary>
/// <param name="Value">From login to its end.</param>
/// <param name="Retention">From its end on.</param>
internal sealed record TokenLife(TimeSpan Value, TimeSpan Retention)
{
    /// <summary>Reads it from the options, and from the file that they name.</summary>
    /// <exception cref="OptionsValidationException">The file is not what it should be. In the server the option table says so before.</exception>
    public static TokenLife From(ProactiveNetOptions options, ILogger<TokenLife> logger)
    {
        var file = options.PropertiesFile is { } path ? LoginExpiry.ReadFile(path) : null;
        if (file?.Fault is { } fault)
        {
            throw new OptionsValidationException(ProactiveNetDialect.Id, typeof(ProactiveNetOptions), [fault]);
        }

        if (file?.MisspeltAt is { } line)
        {
            ProactiveNetLog.MisspeltKey(logger, line, LoginExpiry.Key);
        }

        return new TokenLife(options.LifeWith(file), TimeSpan.FromDays(options.TombstoneDays));
    }
}
