using System.Collections.Immutable;
using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Accounts;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Asks which of the groups that have a rule a person is in, and turns them into tenants and roles.</summary>
internal sealed class LdapGroups(LdapOptions options)
{
    /// <summary>LDAP_MATCHING_RULE_IN_CHAIN: Active Directory follows groups in groups.</summary>
    private const string InChain = "1.2.840.113556.1.4.1941";

    private const int DeepestNesting = 10;

    // An attribute list of "1.1" asks for none (RFC 4511, section 4.5.1.8).
    private static readonly string[] NoAttributes = ["1.1"];

    private readonly ImmutableArray<DistinguishedName> _ruled = [.. options.Groups.Select(rule => rule.Group).OfType<DistinguishedName>().Distinct()];

    /// <summary>The groups that have a rule.</summary>
    public ImmutableArray<DistinguishedName> Ruled => _ruled;

    /// <summary>Finds out what a person gets.</summary>
    /// <param name="search">Asks the directory.</param>
    /// <param name="person">The person.</param>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public async Task<(Roles Roles, ImmutableArray<string> Tenants)> ReadAsync(Func<SearchRequest, Task<LdapResult>> search, LdapPerson person)
    {
        var groups = _ruled.IsEmpty ? [] : options.GroupSearch switch
        {
            LdapGroupSearch.MemberOf => Named(person.MemberOf),
            LdapGroupSearch.Chain => await ChainAsync(search, person),
            _ => await ClimbAsync(search, person),
        };
        var (roles, tenants) = (Roles.None, ImmutableArray.CreateBuilder<string>());
        foreach (var rule in options.Groups.Where(rule => rule.Group is null || groups.Contains(rule.Group)))
        {
            roles |= rule.Role;
            if (rule.Tenant is { } tenant)
            {
                tenants.Add(tenant);
            }
        }

        return (roles, [.. tenants.Distinct(StringComparer.Ordinal)]);
    }

    private static HashSet<DistinguishedName> Named(IEnumerable<string> names) =>
        [.. names.Select(name => DistinguishedName.TryParse(name, out var dn) ? dn : null).OfType<DistinguishedName>()];

    /// <summary>One question for each group that has a rule: the search from the person's side would return all of somebody's groups, in pages.</summary>
    private async Task<HashSet<DistinguishedName>> ChainAsync(Func<SearchRequest, Task<LdapResult>> search, LdapPerson person)
    {
        var filter = LdapFilter.Matches("member", InChain, person.Dn.Text);
        var answers = await Task.WhenAll(_ruled.Select(async group =>
            LdapDirectory.Checked(await search(new SearchRequest(group.Text, SearchScope.Base, filter, NoAttributes, 1))).Entries.Count == 1 ? group : null));
        return [.. answers.OfType<DistinguishedName>()];
    }

    /// <summary>The groups of the person, the groups of those groups, and so on.</summary>
    private async Task<HashSet<DistinguishedName>> ClimbAsync(Func<SearchRequest, Task<LdapResult>> search, LdapPerson person)
    {
        var found = new HashSet<DistinguishedName>();
        LdapFilter[] members =
        [
            LdapFilter.Equal("member", person.Dn.Text),
            LdapFilter.Equal("uniqueMember", person.Dn.Text),
            LdapFilter.All(LdapFilter.Equal("objectClass", "posixGroup"), LdapFilter.Equal("memberUid", person.Name)),
        ];
        for (var depth = 0; depth < DeepestNesting && members.Length > 0 && !_ruled.All(found.Contains); depth++)
        {
            var request = new SearchRequest(options.GroupBaseDn.Length > 0 ? options.GroupBaseDn : options.BaseDn, SearchScope.Subtree, LdapFilter.Any([.. members]), NoAttributes, 0);
            var result = LdapDirectory.Checked(await search(request));
            if (result.Code == LdapResultCode.SizeLimitExceeded)
            {
                throw new LdapUnavailableException(LdapStep.Answer, "the directory does not return all groups of a person; narrow GroupBaseDn, or raise its size limit");
            }

            members = [.. Named(result.Entries.Select(entry => entry.Dn)).Where(found.Add).SelectMany(group => new[] { LdapFilter.Equal("member", group.Text), LdapFilter.Equal("uniqueMember", group.Text) })];
        }

        return found;
    }
}
