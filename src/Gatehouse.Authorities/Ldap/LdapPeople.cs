using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Text;

namespace Gatehouse.Authorities.Ldap;

/// <summary>Somebody in the directory.</summary>
/// <param name="Dn">DN of the entry.</param>
/// <param name="Name">The one name that the account gets here.</param>
/// <param name="Id">What stays with the person for ever.</param>
/// <param name="MemberOf">The groups that the entry names itself.</param>
internal sealed record LdapPerson(DistinguishedName Dn, string Name, string? Id, IReadOnlyList<string> MemberOf);

/// <summary>What became of a search for a person.</summary>
/// <param name="Person">The person; null when there is not exactly one.</param>
/// <param name="Fault">What is wrong where an entry was found that is not taken; null where there was none.</param>
internal readonly record struct LdapFind(LdapPerson? Person, string? Fault)
{
    public static LdapFind Nobody => default;
}

/// <summary>
/// Finds people: exactly one entry, below the base, that has exactly the name that was asked for (ATK-73). Directories find more than
/// that: they fold letter case, accents and blanks, and an attribute may have several values.
/// </summary>
internal sealed class LdapPeople
{
    private const string MemberOf = "memberOf";
    private const int EnoughToSeeThatItIsNotOne = 2;

    private readonly LdapOptions _options;
    private readonly LdapFilter _isPerson;
    private readonly DistinguishedName _base;
    private readonly string[] _attributes;

    public LdapPeople(LdapOptions options)
    {
        _options = options;
        _isPerson = options.Filter;
        _base = DistinguishedName.TryParse(options.BaseDn, out var name) ? name : throw new InvalidOperationException("The base was not checked.");
        _attributes = [.. new[] { options.NameAttribute, options.IdAttribute, MemberOf }.Concat(options.AlsoAttributes).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The search for a name that somebody typed.</summary>
    /// <param name="name">Without a domain of this directory.</param>
    /// <param name="typed">With it.</param>
    public SearchRequest ByTypedName(string name, string typed) => Below(LdapFilter.Any(
    [
        LdapFilter.Equal(_options.NameAttribute, name),
        .. _options.AlsoAttributes.SelectMany(attribute => new[] { typed, name }.Distinct(StringComparer.Ordinal).Select(value => LdapFilter.Equal(attribute, value))),
    ]));

    /// <summary>The search for the name of an account.</summary>
    public SearchRequest ByAccountName(string name) => Below(LdapFilter.Equal(_options.NameAttribute, name));

    /// <summary>A look at one entry.</summary>
    public SearchRequest ByDn(string dn) => new(dn, SearchScope.Base, _isPerson, _attributes, EnoughToSeeThatItIsNotOne);

    /// <summary>Takes the one person out of what was found.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="names">The names that were asked for; one of them must be the person's own, letter for letter but for its case.</param>
    public LdapFind Take(LdapResult found, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (found.Entries.Count == 0)
        {
            return LdapFind.Nobody;
        }

        if (found.Entries.Count > 1 || found.Code == LdapResultCode.SizeLimitExceeded)
        {
            return new LdapFind(null, "more than one entry has it");
        }

        var entry = found.Entries[0];
        if (!DistinguishedName.TryParse(entry.Dn, out var dn) || !dn.IsBelow(_base))
        {
            return new LdapFind(null, $"the entry '{TypedText.Escape(entry.Dn)}' is not below {_options.BaseDn}");
        }

        if (NameOf(entry, dn) is not { } name)
        {
            return new LdapFind(null, $"the entry '{TypedText.Escape(entry.Dn)}' has not exactly one {_options.NameAttribute}");
        }

        return Has(entry, name, names)
            ? new LdapFind(new LdapPerson(dn, name, IdOf(entry), entry.Texts(MemberOf)), null)
            : new LdapFind(null, $"the entry '{TypedText.Escape(entry.Dn)}' was found, but its name is another one");
    }

    private SearchRequest Below(LdapFilter named) =>
        new(_options.BaseDn, SearchScope.Subtree, LdapFilter.All(_isPerson, named), _attributes, EnoughToSeeThatItIsNotOne);

    /// <summary>The entry's one name; where the attribute has several values, the one that the entry itself is called by.</summary>
    private string? NameOf(LdapEntry entry, DistinguishedName dn)
    {
        var names = entry.Texts(_options.NameAttribute);
        return names.Count switch
        {
            0 => null,
            1 => names[0],
            _ => dn.First.Where(part => part.Attribute.Equals(_options.NameAttribute, StringComparison.OrdinalIgnoreCase)).Select(part => part.Value).SingleOrDefault(),
        };
    }

    private bool Has(LdapEntry entry, string name, ReadOnlySpan<string> names)
    {
        var own = entry.Texts(_options.NameAttribute).Concat(_options.AlsoAttributes.SelectMany(entry.Texts)).Append(name).Select(KeyOf).ToHashSet(StringComparer.Ordinal);
        foreach (var asked in names)
        {
            if (KeyOf(asked) is { Length: > 0 } key && own.Contains(key))
            {
                return true;
            }
        }

        return false;
    }

    private static string KeyOf(string text) => CanonicalName.TryRead(text, out var name) ? name.Key : "";

    private string? IdOf(LdapEntry entry)
    {
        var values = entry.Bytes(_options.IdAttribute);
        return values.Count != 1 ? null
            : values[0].Length == 16 && _options.IdAttribute.Equals("objectGUID", StringComparison.OrdinalIgnoreCase) ? new Guid(values[0]).ToString("D")
            : entry.Texts(_options.IdAttribute) is [{ Length: > 0 } text] ? text
            : Convert.ToHexStringLower(values[0]);
    }
}
