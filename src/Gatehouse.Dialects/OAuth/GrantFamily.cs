using System.Text;
using Gatehouse.Core;
using Gatehouse.Core.Sessions;

namespace Gatehouse.Dialects.OAuth;

/// <summary>A pair of tokens, as its client gets it once, and again within the grace.</summary>
/// <param name="Access">The access token.</param>
/// <param name="Refresh">The refresh token.</param>
/// <param name="Expires">When the access token is over.</param>
/// <param name="Scope">What was granted to it.</param>
internal sealed record TokenPair(string Access, string Refresh, DateTimeOffset Expires, string? Scope)
{
    private const char Separator = '\n';

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static TokenPair FromBytes(ReadOnlySpan<byte> bytes)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split(Separator);
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture));
        return new TokenPair(parts[0], parts[1], expires, parts[3].Length == 0 ? null : parts[3]);
    }

    /// <summary>The form that is sealed for a client that comes again.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Join(
        Separator, Access, Refresh, Expires.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), Scope));

    /// <summary>What the client is told at a moment.</summary>
    public TokenAnswer AnswerAt(DateTimeOffset now) => new(Access, Math.Max(0, Expires.ToUnixTimeSeconds() - now.ToUnixTimeSeconds()), Scope) { RefreshToken = Refresh };

    /// <summary>Nothing: tokens have no business in logs.</summary>
    public override string ToString() => nameof(TokenPair);
}

/// <summary>
/// The sessions behind a pair of tokens. All that descends from a sign-in is one family with one absolute end, which no
/// refresh moves.
/// </summary>
internal sealed class GrantFamily(AccessTokens tokens, OAuthOptions options)
{
    /// <summary>The first pair.</summary>
    /// <returns>The pair, and its sessions: the access token's first.</returns>
    public (TokenPair Pair, Session[] Sessions)? Begin(AccessRequest request) => Make(
        request with { Family = PublicId.New(request.Now), NotAfter = request.Now.AddSeconds(options.RefreshTokenSeconds) }, request.Scope);

    /// <summary>The pair that a refresh token buys.</summary>
    /// <param name="request">The access token; its scope may be narrower than the family's.</param>
    /// <param name="refresh">The session of the refresh token.</param>
    /// <param name="granted">What the family was granted at its beginning.</param>
    public (TokenPair Pair, Session[] Sessions)? Continue(AccessRequest request, LiveSession refresh, ScopeList granted) =>
        Make(request with { Family = refresh.Family, NotAfter = refresh.Expires }, granted);

    private (TokenPair Pair, Session[] Sessions)? Make(AccessRequest request, ScopeList granted)
    {
        if (tokens.Issue(request) is not { } access)
        {
            return null;
        }

        var token = RefreshToken.Draw();
        var refresh = access.Session with
        {
            Id = PublicId.New(request.Now),
            Token = TokenHash.Of(token),
            Kind = SessionKind.Refresh,
            Expires = request.NotAfter,
            Attributes = new TokenFacts { Client = request.Client.Name, Scope = granted.Text }.ToAttributes(),
        };
        return (new TokenPair(access.Token, token, access.Session.Expires!.Value, request.Scope.Text), [access.Session, refresh]);
    }
}
