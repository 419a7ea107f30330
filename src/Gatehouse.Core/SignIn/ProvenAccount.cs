using Gatehouse.Core.Accounts;

namespace Gatehouse.Core.SignIn;

/// <summary>
/// An account as a handshake proved it. It may be believed further on where the handshake holds for its connection, until
/// anything changes that would have kept the account out.
/// </summary>
public sealed class ProvenAccount
{
    private readonly long _cutOff;
    private readonly long _passwordVersion;
    private readonly long _globalCutOff;

    private ProvenAccount(AccountEntry entry, Account account, long globalCutOff) =>
        (Entry, _cutOff, _passwordVersion, _globalCutOff) = (entry, account.CutOff, account.PasswordVersion, globalCutOff);

    internal AccountEntry Entry { get; }

    internal static ProvenAccount Of(AccountEntry entry, Account account, long globalCutOff) => new(entry, account, globalCutOff);

    /// <summary>Whether it holds for the account as it is now.</summary>
    internal bool HoldsFor(Account? now, long globalCutOff) =>
        now is { Enabled: true } && now.CutOff == _cutOff && now.PasswordVersion == _passwordVersion && globalCutOff == _globalCutOff;
}
