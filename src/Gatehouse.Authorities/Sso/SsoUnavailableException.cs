namespace Gatehouse.Authorities.Sso;

/// <summary>The single sign-on could not be asked, or what it said makes no sense: an outage, and nobody's wrong password.</summary>
/// <param name="reason">Why, in words for the operator; holds nothing that was sent.</param>
/// <param name="inner">What went wrong underneath.</param>
internal sealed class SsoUnavailableException(string reason, Exception? inner = null) : Exception(reason, inner);
