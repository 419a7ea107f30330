using Gatehouse.Core.SignIn;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Sso;

/// <summary>
/// An OAuth 2.0 or OpenID Connect server as authority: it checks names and passwords by the password grant, and its tokens can
/// be handed on. What is not a clear yes or no of its own is an outage, and counts for nobody as a wrong password (HTT-99).
/// </summary>
public sealed class SsoAuthority : ITokenAuthority, IDisposable
{
    private readonly SsoOptions _options;
    private readonly SsoConnection _connection;
    private readonly Discovery _discovery;
    private readonly SsoClient _client;
    private readonly SignedTokens _tokens;
    private readonly People _people;
    private readonly OutageNotes _notes;
    private readonly ILogger _logger;

    /// <summary>Makes the authority; nothing is asked before somebody signs in.</summary>
    /// <param name="name">Its name in the configuration.</param>
    /// <param name="options">Its options, checked.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Where outages are told.</param>
    public SsoAuthority(string name, SsoOptions options, TimeProvider clock, ILogger<SsoAuthority> logger)
    {
        (Name, _options, _logger) = (name, options, logger);
        _connection = new SsoConnection(options, clock);
        _discovery = new Discovery(options, _connection, clock);
        _client = new SsoClient(options, _connection, _discovery, clock);
        _tokens = new SignedTokens(options, _discovery, clock);
        _people = new People(options, _client, _tokens);
        _notes = new OutageNotes(name, clock, logger);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan OfflineFor => TimeSpan.Zero;

    /// <summary>What the examiner looks at.</summary>
    internal (SsoOptions Options, SsoConnection Connection, Discovery Discovery, SsoClient Client) Parts => (_options, _connection, _discovery, _client);

    /// <inheritdoc/>
    public bool IsDomain(string domain) => _options.Domains.Contains(domain, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public ValueTask<PersonLookup> FindAsync(string name, string typed, CancellationToken cancellationToken) => new(PersonLookup.Untold);

    /// <inheritdoc/>
    public async ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        try
        {
            var answer = await _client.GrantAsync(question.Name, question.Password, cancellationToken) switch
            {
                GrantOutcome.Refused refused => AuthorityAnswer.WrongBecause(refused.Reason),
                GrantOutcome.Granted granted => await WelcomeAsync(granted, question.WantsToken, cancellationToken),
                var other => throw new InvalidOperationException($"An outcome that nobody knows: {other.GetType().Name}."),
            };
            _notes.Succeeded();
            return answer;
        }
        catch (SsoUnavailableException exception)
        {
            _notes.Failed(exception.Message);
            return AuthorityAnswer.Unavailable;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ExternalTokenState> CheckTokenAsync(string token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        try
        {
            var said = _options.TokenCheck == TokenCheck.Keys
                ? await _tokens.ReadAccessTokenAsync(token, cancellationToken)
                : await _client.IntrospectAsync(token, cancellationToken);
            _notes.Succeeded();
            return said is null ? ExternalTokenState.Ended : ExternalTokenState.Live;
        }
        catch (SsoUnavailableException exception)
        {
            _notes.Failed(exception.Message);
            return ExternalTokenState.Unavailable;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EndTokenAsync(string token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        try
        {
            if (await _client.RevokeAsync(token, cancellationToken) is { } error)
            {
                // It was asked, and will not: asking again does not help. The session here ends all the same.
                SsoLog.NotRevoked(_logger, Name, error);
            }

            return true;
        }
        catch (SsoUnavailableException exception)
        {
            SsoLog.NotRevoked(_logger, Name, exception.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _discovery.Dispose();
        _connection.Dispose();
    }

    private async Task<AuthorityAnswer> WelcomeAsync(GrantOutcome.Granted granted, bool wantsToken, CancellationToken cancellationToken)
    {
        var (person, fault) = await _people.ReadAsync(granted, cancellationToken);
        if (person is null)
        {
            SsoLog.NobodyNamed(_logger, Name, fault!);
            throw new SsoUnavailableException("it does not say whom it let in");
        }

        if (wantsToken)
        {
            var expires = granted.Expires ?? await AskExpiryAsync(granted.AccessToken, cancellationToken);
            return AuthorityAnswer.Right with { Person = person, Token = new ExternalToken(Name, granted.AccessToken, expires) };
        }

        // Only the answer was wanted: what it made for us there is not left lying about.
        _ = EndTokenAsync(granted.AccessToken, CancellationToken.None).AsTask();
        return AuthorityAnswer.Right with { Person = person };
    }

    private async Task<DateTimeOffset?> AskExpiryAsync(string token, CancellationToken cancellationToken)
    {
        if (_options.TokenCheck != TokenCheck.Introspection)
        {
            return await _tokens.ReadAccessTokenAsync(token, cancellationToken) is { } claims ? SsoClient.ExpiryOf(claims) : null;
        }

        return await _client.IntrospectAsync(token, cancellationToken) is { } said ? SsoClient.ExpiryOf(said) : null;
    }
}
