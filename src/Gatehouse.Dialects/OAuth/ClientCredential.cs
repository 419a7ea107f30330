using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Dialects.OAuth;

/// <summary>How a client says who it is (HTT-140 to HTT-143).</summary>
/// <param name="Id">Name of its account.</param>
/// <param name="Secret">Its account's password.</param>
internal sealed record ClientCredential(string Id, string Secret)
{
    /// <summary>The parameters that it may stand in.</summary>
    public const string IdParameter = "client_id";

    /// <inheritdoc cref="IdParameter"/>
    public const string SecretParameter = "client_secret";

    /// <summary>Reads it from the header or from the body, never from both.</summary>
    public static (ClientCredential? Credential, OAuthError? Error) Read(StringValues authorization, OAuthForm form)
    {
        if (authorization.Count > 1)
        {
            return (null, OAuthError.SeveralAuthorizations);
        }

        var header = authorization.Count == 0 ? "" : authorization[0]!.Trim(' ');
        var (id, secret) = (form[IdParameter], form[SecretParameter]);
        if (header.Length == 0)
        {
            return id is null || secret is null ? (null, OAuthError.InvalidClient) : (new ClientCredential(id, secret), null);
        }

        if (!BasicCredentials.HasScheme(header))
        {
            return (null, OAuthError.InvalidClient);
        }

        if (secret is not null)
        {
            return (null, OAuthError.TwoAuthentications);
        }

        if (BasicCredentials.Read(header) is not { } basic || !TryDecode(basic.Name, out var name) || !TryDecode(basic.Password, out var password))
        {
            return (null, OAuthError.InvalidClient);
        }

        return id is not null && id != name ? (null, OAuthError.TwoAuthentications) : (new ClientCredential(name, password), null);
    }

    /// <summary>Nothing: the secret has no business in logs.</summary>
    public override string ToString() => nameof(ClientCredential);

    /// <summary>RFC 6749 section 2.3.1: both were form-encoded before they were put together.</summary>
    private static bool TryDecode(string text, out string decoded) => FormBody.TryReadUtf8(FormBody.Decode(Encoding.UTF8.GetBytes(text)), out decoded);
}
