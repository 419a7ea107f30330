using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Looks at a directory step by step, for <c>gatehouse doctor</c> and <c>gatehouse authority test</c>.</summary>
internal sealed class LdapExaminer(LdapAuthority authority, LdapOptions options, TimeProvider clock) : IExaminer, IAuthorityTrial
{
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(30);
    private static readonly TimeSpan LargeSkew = TimeSpan.FromMinutes(4);
    private static readonly string[] OwnTime = ["currentTime"];
    private static readonly string[] NoAttributes = ["1.1"];

    /// <inheritdoc/>
    public string Name => authority.Name;

    /// <inheritdoc/>
    public string Kind => options.Kind == LdapKind.ActiveDirectory ? "active-directory" : "ldap";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var server in authority.Directory.Servers)
        {
            await foreach (var finding in LookAtAsync(server, cancellationToken))
            {
                findings.Add(finding);
            }
        }

        return findings;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Finding> TryAsync(string? user, string? password, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answers = false;
        foreach (var server in authority.Directory.Servers)
        {
            var faults = false;
            await foreach (var finding in LookAtAsync(server, cancellationToken))
            {
                faults |= finding.Level == FindingLevel.Fault;
                yield return finding;
            }

            answers |= !faults;
        }

        if (user is null || !answers)
        {
            yield break;
        }

        var name = WithoutDomain(user);
        if (!options.IsDirect)
        {
            var lookup = await authority.FindAsync(name, user, cancellationToken);
            yield return lookup.State switch
            {
                PersonState.Known => new Finding(FindingLevel.Good, "search", $"'{TypedText.Escape(user)}' is the account '{TypedText.Escape(lookup.Person!.Name)}', id {lookup.Person.Id ?? "-"}"),
                PersonState.Unavailable => new Finding(FindingLevel.Fault, "search", "the directory does not answer", "Look at the steps above."),
                _ => new Finding(FindingLevel.Fault, "search", $"nobody, or not exactly one person, has the name '{TypedText.Escape(user)}' below {options.BaseDn}", "Check BaseDn, UserFilter, NameAttribute and AlsoAttributes."),
            };
            if (lookup.Person is null)
            {
                yield break;
            }

            name = lookup.Person.Name;
        }

        if (!options.IsDirect && await GroupsOfAsync(name) is { } groups)
        {
            yield return groups;
        }

        if (password is not null)
        {
            yield return await BindAsync(name, password, cancellationToken);
        }
    }

    private static Finding Good(string subject, string message) => new(FindingLevel.Good, subject, message);

    private async IAsyncEnumerable<Finding> LookAtAsync(LdapServer server, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = server.Endpoint.ToString();
        var resolved = await ResolveAsync(server.Endpoint.Host, at, cancellationToken);
        yield return resolved;
        if (resolved.Level == FindingLevel.Fault)
        {
            yield break;
        }

        LdapConnection? connection = null;
        Finding? fault = null;
        try
        {
            connection = await server.OpenAsync();
        }
        catch (LdapUnavailableException exception)
        {
            fault = exception.Step == LdapStep.Tls
                ? new Finding(FindingLevel.Fault, $"{at} tls", exception.Message, "Name the authority of its certificate in CaFile; the certificate must be for the host name in Servers, and in its time.")
                : new Finding(FindingLevel.Fault, $"{at} connect", exception.Message, "Check host and port in Servers, the firewall, and whether the directory runs.");
        }

        if (fault is not null)
        {
            if (fault.Subject.EndsWith(" tls", StringComparison.Ordinal))
            {
                yield return Good($"{at} connect", "connected");
            }

            yield return fault;
            yield break;
        }

        await using (connection)
        {
            yield return Good($"{at} connect", "connected");
            yield return TlsOf(connection!, at);
            var bind = await ServiceBindAsync(server, connection!, at);
            if (bind is not null)
            {
                yield return bind;
                if (bind.Level == FindingLevel.Fault)
                {
                    yield break;
                }
            }

            if (await SkewAsync(connection!, at) is { } skew)
            {
                yield return skew;
            }

            if (!options.IsDirect)
            {
                yield return await BaseAsync(connection!, at);
                foreach (var group in authority.Groups.Ruled)
                {
                    if (await MissingAsync(connection!, group.Text) is { } missing)
                    {
                        yield return missing;
                    }
                }
            }
        }
    }

    private static async Task<Finding> ResolveAsync(string host, string at, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return Good($"{at} resolve", string.Join(", ", addresses.Select(address => address.ToString())));
        }
        catch (SocketException exception)
        {
            return new Finding(FindingLevel.Fault, $"{at} resolve", exception.Message, "Check the host name in Servers, and this computer's name servers.");
        }
    }

    private Finding TlsOf(LdapConnection connection, string at)
    {
        if (connection.Certificate is not { } seen)
        {
            return new Finding(FindingLevel.Warning, $"{at} tls", "passwords go to it in clear text", "Use ldaps://, or StartTLS.");
        }

        var left = seen.NotAfter - clock.GetUtcNow();
        var until = seen.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return left < ExpiresSoon
            ? new Finding(FindingLevel.Warning, $"{at} tls", $"the certificate of {seen.Subject} ends on {until}", "Renew it: from then on nobody signs in through this directory.")
            : Good($"{at} tls", $"{seen.Subject}, from {seen.Issuer}, until {until}");
    }

    private async Task<Finding?> ServiceBindAsync(LdapServer server, LdapConnection connection, string at)
    {
        if (options.IsDirect)
        {
            return null;
        }

        try
        {
            await server.BindServiceAsync(connection);
            return Good($"{at} service bind", options.BindDn.Length > 0 ? options.BindDn : "anonymous");
        }
        catch (LdapUnavailableException exception)
        {
            return new Finding(FindingLevel.Fault, $"{at} service bind", exception.Message, "Check BindDn and its password, and that the account is not locked or expired.");
        }
    }

    private async Task<Finding?> SkewAsync(LdapConnection connection, string at)
    {
        var own = await AskAsync(connection, new SearchRequest("", SearchScope.Base, LdapFilter.Present("objectClass"), OwnTime, 1));
        var text = own?.Entries is [var entry] && entry.Texts(OwnTime[0]) is [var time] ? time : null;
        if (text is null || !DateTimeOffset.TryParseExact(text.Split('.')[0], "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var there))
        {
            return null;
        }

        var skew = (there - clock.GetUtcNow()).Duration();
        return skew > LargeSkew
            ? new Finding(FindingLevel.Warning, $"{at} clock", string.Create(CultureInfo.InvariantCulture, $"its clock and this one are {skew.TotalSeconds:0} s apart"), "Synchronise both: Kerberos ends at 5 minutes, certificates at any difference.")
            : null;
    }

    private async Task<Finding> BaseAsync(LdapConnection connection, string at)
    {
        var found = await AskAsync(connection, new SearchRequest(options.BaseDn, SearchScope.Base, LdapFilter.Present("objectClass"), NoAttributes, 1));
        return found?.Entries.Count == 1
            ? Good($"{at} base", options.BaseDn)
            : new Finding(FindingLevel.Fault, $"{at} base", $"{options.BaseDn} is not there, or BindDn may not read it", "Check BaseDn, and what BindDn may read.");
    }

    private static async Task<Finding?> MissingAsync(LdapConnection connection, string group)
    {
        var found = await AskAsync(connection, new SearchRequest(group, SearchScope.Base, LdapFilter.Present("objectClass"), NoAttributes, 1));
        return found?.Entries.Count == 1 ? null : new Finding(FindingLevel.Warning, "groups", $"the group {group} is not there, or BindDn may not read it", "Correct its rule in Groups.");
    }

    private static async Task<LdapResult?> AskAsync(LdapConnection connection, SearchRequest request)
    {
        try
        {
            return await connection.SearchAsync(request);
        }
        catch (LdapUnavailableException)
        {
            return null;
        }
    }

    private async Task<Finding?> GroupsOfAsync(string name)
    {
        try
        {
            if (authority.People.Take(await authority.Directory.SearchAsync(authority.People.ByAccountName(name)), name).Person is not { } person)
            {
                return null;
            }

            var (roles, tenants) = await authority.Groups.ReadAsync(authority.Directory.SearchAsync, person);
            return Good("groups", $"roles: {TextOf(RoleNames.NamesOf(roles))}; tenants: {TextOf(tenants)}");
        }
        catch (LdapUnavailableException exception)
        {
            return new Finding(FindingLevel.Fault, "groups", exception.Message, "Check GroupSearch, GroupBaseDn, and what BindDn may read.");
        }

        static string TextOf(IEnumerable<string> names) => string.Join(", ", names.Select(TypedText.Escape)) is { Length: > 0 } text ? text : "none";
    }

    private async Task<Finding> BindAsync(string name, string password, CancellationToken cancellationToken)
    {
        var answer = await authority.CheckAsync(new PasswordQuestion(name, null, password, null), cancellationToken);
        return answer.Decision switch
        {
            AuthorityDecision.Right => Good("user bind", $"the password of '{TypedText.Escape(answer.Person!.Name)}' is right"),
            AuthorityDecision.Wrong => new Finding(FindingLevel.Fault, "user bind", $"refused: {answer.Reason}", "Check the password, and the account in the directory."),
            _ => new Finding(FindingLevel.Fault, "user bind", "the directory does not answer", "Look at the steps above."),
        };
    }

    /// <summary>Takes a domain of this directory off a name, as a sign-in does.</summary>
    private string WithoutDomain(string user)
    {
        var (backslash, at) = (user.IndexOf('\\', StringComparison.Ordinal), user.LastIndexOf('@'));
        return backslash > 0 && options.IsDomain(user[..backslash]) ? user[(backslash + 1)..]
            : at > 0 && options.IsDomain(user[(at + 1)..]) ? user[..at]
            : user;
    }
}
