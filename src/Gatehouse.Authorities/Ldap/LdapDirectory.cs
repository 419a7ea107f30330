using System.Collections.Immutable;
using Gatehouse.Authorities.Ldap.Wire;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Ldap;

/// <summary>A directory: several servers with the same content. The first one in the operator's order that answers is asked.</summary>
internal sealed class LdapDirectory : IAsyncDisposable
{
    // What a server says that cannot answer now, or not us: busy, unavailable, a referral, TLS wanted, and all that is no result of the request.
    private static readonly int[] Answers = [LdapResultCode.Success, LdapResultCode.SizeLimitExceeded, LdapResultCode.NoSuchObject];

    private static readonly int[] BindRefusals =
    [
        LdapResultCode.ConstraintViolation, LdapResultCode.NoSuchObject, LdapResultCode.InvalidDnSyntax, LdapResultCode.InappropriateAuthentication,
        LdapResultCode.InvalidCredentials, LdapResultCode.UnwillingToPerform,
    ];

    public LdapDirectory(string name, LdapOptions options, TimeProvider clock, ILogger logger)
    {
        var tls = new LdapTls(options.Authorities);
        Servers = [.. options.Servers.Select(endpoint => new LdapServer(name, endpoint, options, tls, clock, logger))];
    }

    /// <summary>The servers, best first.</summary>
    public ImmutableArray<LdapServer> Servers { get; }

    /// <summary>Searches as the account that searches.</summary>
    /// <exception cref="LdapUnavailableException">No server can be asked.</exception>
    public Task<LdapResult> SearchAsync(SearchRequest request) => OnAnyAsync(async server => Checked(await server.SearchAsync(request)));

    /// <summary>Binds as a person.</summary>
    /// <exception cref="LdapUnavailableException">No server can be asked.</exception>
    public Task<LdapResult> BindAsync(string dn, string password) => OnAnyAsync(async server => CheckedBind(await server.BindAsync(dn, password)), isBind: true);

    /// <summary>Does something with a connection of its own.</summary>
    /// <exception cref="LdapUnavailableException">No server can be asked.</exception>
    public Task<T> AloneAsync<T>(Func<LdapConnection, Task<T>> work) => OnAnyAsync(server => server.AloneAsync(work), isBind: true);

    /// <summary>An answer to a search, or an outage.</summary>
    public static LdapResult Checked(LdapResult result) => Answers.Contains(result.Code) ? result : throw Refused(result);

    /// <summary>An answer to a bind, or an outage.</summary>
    public static LdapResult CheckedBind(LdapResult result) => result.Code == LdapResultCode.Success || BindRefusals.Contains(result.Code) ? result : throw Refused(result);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }
    }

    private static LdapUnavailableException Refused(LdapResult result) =>
        new(LdapStep.Answer, $"the server answers {result.Code}{(result.Diagnostic.Length > 0 ? $": {result.Diagnostic}" : "")}");

    private async Task<T> OnAnyAsync<T>(Func<LdapServer, Task<T>> ask, bool isBind = false)
    {
        LdapUnavailableException? last = null;
        foreach (var server in Servers.Where(server => !server.IsLost))
        {
            try
            {
                return await ask(server);
            }
            catch (LdapUnavailableException exception)
            {
                last = exception;

                // A bind without an answer may have been counted as a wrong password: it is not tried on all servers in turn.
                if (isBind && exception.Step == LdapStep.Answer)
                {
                    break;
                }
            }
        }

        throw last ?? new LdapUnavailableException(LdapStep.Connect, "no server answers");
    }
}
