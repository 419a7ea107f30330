using Gatehouse.Authorities.Ldap.Wire;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Ldap;

/// <summary>
/// Passwords of people in an LDAP directory or Active Directory:
/// <list type="number">
/// <item>what a directory must not be asked is refused: an empty password, which it would take for an anonymous bind; another domain;</item>
/// <item>the person is searched: exactly one entry, below the base, of exactly this name;</item>
/// <item>the password is bound with, as that entry;</item>
/// <item>what the person's groups give is read.</item>
/// </list>
/// With <c>BindTemplate</c> the bind comes first, and what is found afterwards must be who was bound.
/// </summary>
public sealed class LdapAuthority : IExternalAuthority, IAsyncDisposable
{
    private readonly LdapOptions _options;
    private readonly ILogger<LdapAuthority> _logger;

    /// <summary>Makes the authority. Connects when it is asked first.</summary>
    /// <param name="name">Its name in the configuration.</param>
    /// <param name="options">Its options, checked.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Log.</param>
    public LdapAuthority(string name, LdapOptions options, TimeProvider clock, ILogger<LdapAuthority> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Name, _options, _logger) = (name, options, logger);
        Directory = new LdapDirectory(name, options, clock, logger);
        People = new LdapPeople(options);
        Groups = new LdapGroups(options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan OfflineFor => TimeSpan.FromHours(_options.OfflineHours);

    internal LdapDirectory Directory { get; }

    internal LdapPeople People { get; }

    internal LdapGroups Groups { get; }

    /// <inheritdoc/>
    public bool IsDomain(string domain) => _options.IsDomain(domain);

    /// <inheritdoc/>
    public async ValueTask<PersonLookup> FindAsync(string name, string typed, CancellationToken cancellationToken)
    {
        if (_options.IsDirect)
        {
            return PersonLookup.Untold;
        }

        try
        {
            var found = People.Take(await Directory.SearchAsync(People.ByTypedName(name, typed)), name, typed);
            Note(found, typed);
            return found.Person is { } person ? new PersonLookup(PersonState.Known, new ExternalPerson(person.Name) { Id = person.Id }) : PersonLookup.Unknown;
        }
        catch (LdapUnavailableException exception)
        {
            LdapLog.Unavailable(_logger, Name, exception.Step.ToString(), exception.Message);
            return PersonLookup.Unavailable;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (string.IsNullOrWhiteSpace(question.Password) || question.Password.Contains('\0', StringComparison.Ordinal))
        {
            return AuthorityAnswer.WrongBecause(AuditReasons.Blank);
        }

        // It may name the domain, but never choose it (ARS-24). Without domains it means nothing.
        if (!string.IsNullOrWhiteSpace(question.AdditionalText) && _options.Domains.Count > 0 && !IsDomain(question.AdditionalText.Trim()))
        {
            return AuthorityAnswer.WrongBecause(AuditReasons.ForeignDomain);
        }

        try
        {
            return _options.IsDirect ? await BindFirstAsync(question) : await SearchFirstAsync(question);
        }
        catch (LdapUnavailableException exception)
        {
            LdapLog.Unavailable(_logger, Name, exception.Step.ToString(), exception.Message);
            return AuthorityAnswer.Unavailable;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Directory.DisposeAsync();

    private async Task<AuthorityAnswer> SearchFirstAsync(PasswordQuestion question)
    {
        var found = People.Take(await Directory.SearchAsync(People.ByAccountName(question.Name)), question.Name);
        Note(found, question.Name);
        if (found.Person is not { } person)
        {
            return AuthorityAnswer.WrongBecause(AuditReasons.UnknownAccount);
        }

        var refusal = BindVerdict.RefusalOf(await Directory.BindAsync(person.Dn.Text, question.Password));
        return refusal is null ? await WelcomeAsync(Directory.SearchAsync, person) : AuthorityAnswer.WrongBecause(refusal);
    }

    private async Task<AuthorityAnswer> BindFirstAsync(PasswordQuestion question)
    {
        var template = _options.BindTemplate!;
        return LdapBindName.Make(template, question.Name) is { } bindName
            ? await Directory.AloneAsync(connection => BindFirstAsync(connection, bindName, LdapBindName.IsDn(template), question))
            : AuthorityAnswer.WrongBecause(AuditReasons.BadCredentials);
    }

    private async Task<AuthorityAnswer> BindFirstAsync(LdapConnection connection, string bindName, bool isDn, PasswordQuestion question)
    {
        var bound = LdapDirectory.CheckedBind(await connection.BindAsync(bindName, question.Password));
        if (BindVerdict.RefusalOf(bound) is { } refusal)
        {
            return AuthorityAnswer.WrongBecause(refusal);
        }

        var request = isDn ? People.ByDn(bindName) : People.ByAccountName(question.Name);
        var found = People.Take(LdapDirectory.Checked(await connection.SearchAsync(request)), question.Name);
        Note(found, question.Name);
        if (found.Person is not { } person)
        {
            return AuthorityAnswer.WrongBecause(AuditReasons.ForeignPerson);
        }

        // A name that is no DN may be another one's as well: only who can bind as the entry that was found is that person (ATK-73).
        if (!isDn && BindVerdict.RefusalOf(LdapDirectory.CheckedBind(await connection.BindAsync(person.Dn.Text, question.Password))) is not null)
        {
            return AuthorityAnswer.WrongBecause(AuditReasons.ForeignPerson);
        }

        return await WelcomeAsync(connection.SearchAsync, person);
    }

    private async Task<AuthorityAnswer> WelcomeAsync(Func<SearchRequest, Task<LdapResult>> search, LdapPerson person)
    {
        var (roles, tenants) = await Groups.ReadAsync(search, person);
        return AuthorityAnswer.Right with { Person = new ExternalPerson(person.Name) { Id = person.Id, Roles = roles, Tenants = tenants } };
    }

    private void Note(LdapFind found, string name)
    {
        if (found.Fault is { } fault)
        {
            LdapLog.NotOnePerson(_logger, Name, TypedText.Escape(TypedText.Cut(name, AuditEvent.MaximumNameLength)), fault);
        }
    }
}
