using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>What an endpoint takes, as metadata of its route.</summary>
/// <param name="Allow">The only methods that it has, as <c>Allow</c> lists them; null for all but the forbidden ones.</param>
/// <param name="TracksTransactions">It takes <c>client_txn_id</c>.</param>
internal sealed record EndpointRules(string? Allow, bool TracksTransactions)
{
    public static EndpointRules Token { get; } = new("POST", TracksTransactions: true);

    public static EndpointRules Me { get; } = new("GET, HEAD", TracksTransactions: true);

    public static EndpointRules Other { get; } = new(Allow: null, TracksTransactions: false);

    public bool Allows(string method) => Allow is null ? !ForbiddenMethods.Contains(method) : Allow.Split(", ").Contains(method, StringComparer.Ordinal);
}

/// <summary>What comes before any credential is read, at every path of the dialect: method, transport, the browser's question (OI-30).</summary>
internal sealed class FrontDoor(BrowserOrigins origins, OperationalIntelligenceOptions options)
{
    /// <summary>Looks at a request.</summary>
    /// <returns>How it is answered already here; null when it may go on.</returns>
    public RequestDelegate? Stop(HttpContext context, EndpointRules rules)
    {
        origins.Mark(context);
        if (rules.TracksTransactions)
        {
            ClientTransaction.Track(context);
        }

        var isPreflight = origins.IsPreflight(context.Request);
        if (!isPreflight && !rules.Allows(context.Request.Method))
        {
            return Error(OperationalIntelligenceError.MethodNotAllowed(rules.Allow ?? ForbiddenMethods.Allowed));
        }

        // Before the browser's question, too: a yes would make it send the password in the clear.
        if (!options.AllowHttp && !CallerLeg.Of(context).IsHttps)
        {
            return Error(OperationalIntelligenceError.HttpsRequired);
        }

        return isPreflight ? BrowserOrigins.WritePreflightAsync : null;
    }

    private static RequestDelegate Error(OperationalIntelligenceError error) => context => OperationalIntelligenceAnswers.WriteErrorAsync(context, error);
}
