using System.Collections.Concurrent;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Core.Tests.Support;

/// <summary>An external authority whose people and moods the test decides.</summary>
internal sealed class TestDirectory(string name, params string[] domains) : IExternalAuthority
{
    private readonly ConcurrentDictionary<string, (string Password, ExternalPerson Person)> _people = new(StringComparer.OrdinalIgnoreCase);
    private int _searches;
    private int _checks;

    public string Name { get; } = name;

    public TimeSpan OfflineFor { get; set; }

    public bool IsAway { get; set; }

    /// <summary>Like a single sign-on: says nothing without a password.</summary>
    public bool IsSilent { get; set; }

    public int Searches => Volatile.Read(ref _searches);

    public int Checks => Volatile.Read(ref _checks);

    /// <summary>Additional texts that came with the checks.</summary>
    public ConcurrentQueue<string?> Additional { get; } = new();

    public void Add(string typed, ExternalPerson person, string password = Node.Password) => _people[typed] = (password, person);

    public bool IsDomain(string domain) => domains.Contains(domain, StringComparer.OrdinalIgnoreCase);

    public ValueTask<PersonLookup> FindAsync(string name, string typed, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _searches);
        return new(IsAway ? PersonLookup.Unavailable
            : IsSilent ? PersonLookup.Untold
            : _people.TryGetValue(name, out var known) ? new PersonLookup(PersonState.Known, known.Person)
            : PersonLookup.Unknown);
    }

    public ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _checks);
        Additional.Enqueue(question.AdditionalText);
        return new(IsAway ? AuthorityAnswer.Unavailable
            : _people.TryGetValue(question.Name, out var known) && known.Password == question.Password ? AuthorityAnswer.Right with { Person = known.Person }
            : AuthorityAnswer.Wrong);
    }
}
