namespace Gatehouse.Core.Tokens;

/// <summary>What a token must say to be taken at one place.</summary>
/// <param name="Type">The kind of token, without <c>application/</c>.</param>
/// <param name="Issuer">Who must have issued it.</param>
/// <param name="Audiences">For whom it may be; one of them must be named.</param>
public sealed record JwtExpectation(string Type, string Issuer, IReadOnlyList<string> Audiences);

/// <summary>What a verified token says, as far as it is needed to find its session.</summary>
/// <param name="Id">Public id of the session: <c>jti</c>.</param>
/// <param name="Subject">Name of the account: <c>sub</c>.</param>
/// <param name="IssuedAt"><c>iat</c></param>
/// <param name="Expires"><c>exp</c></param>
public readonly record struct VerifiedJwt(PublicId Id, string Subject, DateTimeOffset IssuedAt, DateTimeOffset Expires);
