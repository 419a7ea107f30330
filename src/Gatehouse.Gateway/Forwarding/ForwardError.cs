namespace Gatehouse.Gateway.Forwarding;

/// <summary>How one attempt to forward a request ended.</summary>
public enum ForwardError
{
    /// <summary>The answer was passed on.</summary>
    None,

    /// <summary>There was no connection: not a byte of the request was sent.</summary>
    NotConnected,

    /// <summary>The upstream gave the gate's own account no credential: not a byte of the request was sent.</summary>
    NotSignedIn,

    /// <summary>The connection broke before the head of the answer; the request may have been carried out. Nothing was written to the caller.</summary>
    NoAnswer,

    /// <summary>The head of the answer cannot be passed on. Nothing was written to the caller.</summary>
    BadAnswer,

    /// <summary>The head of the answer did not come in time. Nothing was written to the caller.</summary>
    TimedOut,

    /// <summary>The answer broke off in the middle, or nothing moved any more; the caller's connection was aborted.</summary>
    Cut,
}
