using System.Runtime.InteropServices;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.SignIn;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>Kerberos and NTLM, by MIT's GSS-API library.</summary>
internal sealed class NegotiateAuthority : IHandshakeAuthority, IDisposable
{
    private readonly NegotiateOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<NegotiateAuthority> _logger;
    private readonly GssLane _lane;
    private readonly NtlmSource _ntlm;
    private readonly string? _keytab;
    private int _underWay;

    public NegotiateAuthority(NegotiateOptions options, TimeProvider clock, ILogger<NegotiateAuthority> logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _lane = new GssLane(options);
        _ntlm = new NtlmSource(options);
        _keytab = Negotiate.Keytab.PathOf(options);
    }

    /// <summary>Whether the security library is on this machine.</summary>
    public static bool HasLibrary { get; } = NativeLibrary.TryLoad(Gss.Library, out _);

    public async ValueTask<HandshakeMechanisms> FindMechanismsAsync()
    {
        if (!HasLibrary || !_options.Enabled)
        {
            return HandshakeMechanisms.None;
        }

        try
        {
            return await _lane.RunAsync(() =>
            {
                using var credential = GssCredential.Open(HandshakeMechanisms.Kerberos | HandshakeMechanisms.Ntlm, _ntlm);
                return credential.Mechanisms;
            }).WaitAsync(TimeSpan.FromSeconds(_options.TimeoutSeconds), _clock);
        }
        catch (TimeoutException)
        {
            return HandshakeMechanisms.None;
        }
    }

    /// <summary>As the operator says; where he says nothing, the people of the service's own realm are the local accounts (MIC-101).</summary>
    public string? AuthorityOf(string realm) =>
        _options.Realms.TryGetValue(realm, out var authority) ? authority
        : _options.Realms.Count == 0 && IsRealmOfOurKey(realm) ? Account.LocalAuthority
        : null;

    public IHandshake? Begin(HandshakeRules rules)
    {
        if (!HasLibrary || !_options.Enabled)
        {
            return null;
        }

        if (Interlocked.Increment(ref _underWay) > _options.MaximumHandshakes)
        {
            Interlocked.Decrement(ref _underWay);
            NegotiateLog.TooMany(_logger, _options.MaximumHandshakes);
            return null;
        }

        return new NegotiateHandshake(_options, _lane, _ntlm, rules, _clock, _logger, () => Interlocked.Decrement(ref _underWay));
    }

    public void Dispose() => _lane.Dispose();

    private bool IsRealmOfOurKey(string realm)
    {
        try
        {
            return _keytab is not null && Negotiate.Keytab.Read(_keytab)?.Any(entry => entry.Realm == realm && ServiceName.IsOurs($"{entry.Principal}@{entry.Realm}", _options.ServicePrincipal)) == true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
