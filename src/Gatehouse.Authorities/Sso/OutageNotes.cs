using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Sso;

/// <summary>Says once that the single sign-on cannot be asked, again when the reason changes or a minute has passed, and once that it is back.</summary>
internal sealed class OutageNotes(string authority, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private string? _reason;
    private DateTimeOffset _said;

    public void Failed(string reason)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (reason == _reason && now - _said < Again)
            {
                return;
            }

            (_reason, _said) = (reason, now);
        }

        SsoLog.Unavailable(logger, authority, reason);
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            if (_reason is null)
            {
                return;
            }

            _reason = null;
        }

        SsoLog.Back(logger, authority);
    }
}
