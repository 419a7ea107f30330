using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Peers;

/// <summary>Nothing to set.</summary>
internal sealed class GeneralJwtOptions : AuthenticationSchemeOptions;

/// <summary>What most applications do: a general library reads and checks the token (signature, lifetime), its claims become the user.</summary>
internal sealed class GeneralJwtHandler(IOptionsMonitor<GeneralJwtOptions> monitor, ILoggerFactory loggerFactory, UrlEncoder encoder)
    : AuthenticationHandler<GeneralJwtOptions>(monitor, loggerFactory, encoder)
{
    public const string SchemeName = "general-jwt";
    private const string Prefix = "AR-JWT ";
    private static readonly JsonWebTokenHandler Tokens = new();

    private static readonly TokenValidationParameters Expected = new()
    {
        IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable("PEERS_KEY") ?? new string('0', 64))),
        ValidateIssuer = false,
        ValidateAudience = false,
        NameClaimType = "sub",
    };

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var value = Request.Headers.Authorization.ToString();
        if (!value.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return AuthenticateResult.NoResult();
        }

        var result = await Tokens.ValidateTokenAsync(value[Prefix.Length..], Expected);
        return result.IsValid
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(result.ClaimsIdentity), SchemeName))
            : AuthenticateResult.Fail(result.Exception);
    }
}
