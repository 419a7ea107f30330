using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Dialects.ProactiveNet;

/// <summary>
/// By installation, not by request (PN-93): where an external single sign-on makes the tokens, names and passwords of this
/// dialect are those that it knows, and nobody else's.
/// </summary>
internal sealed class SsoRule(ProactiveNetOptions options, ExternalTokens externals)
{
    /// <summary>Whether an external single sign-on makes the tokens.</summary>
    public bool IsIssuer => options.IsIssuedBySso;

    /// <summary>Why an account whose password is right may not enter here; null when it may.</summary>
    public string? RefusalOf(Account account) => IsIssuer && !externals.CanBeHadFor(account) ? AuditReasons.ForeignAuthority : null;
}
