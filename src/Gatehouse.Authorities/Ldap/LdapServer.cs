using System.Collections.Concurrent;
using Gatehouse.Authorities.Ldap.Wire;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Authorities.Ldap;

/// <summary>
/// One server of a directory: its connections, and whether it answers.
/// <list type="bullet">
/// <item>Searches of all sign-ins share a few connections, bound as the account that searches; binds of people have one each
/// while they last. Together they are never more than <see cref="LdapOptions.MaximumConnections"/>.</item>
/// <item>A server that cannot be reached, or lets three requests in a row go unanswered, is not asked any more: who would wait for it is told at
/// once. Meanwhile it is looked at in the background, and asked again when it answers.</item>
/// </list>
/// </summary>
internal sealed class LdapServer : IAsyncDisposable
{
    private const int FailuresInARow = 3;
    private const int MostSearchConnections = 4;
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(1);

    private readonly string _authority;
    private readonly LdapOptions _options;
    private readonly LdapTls _tls;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly LdapLimits _limits;
    private readonly Lock _gate = new();
    private readonly SharedConnection?[] _searching;
    private readonly ConcurrentStack<(LdapConnection Connection, long Since)> _idle = new();
    private readonly SemaphoreSlim _binding;
    private readonly CancellationTokenSource _stopping = new();
    private int _failures;
    private int _next;
    private volatile bool _isLost;

    public LdapServer(string authority, LdapEndpoint endpoint, LdapOptions options, LdapTls tls, TimeProvider clock, ILogger logger)
    {
        (_authority, Endpoint, _options, _tls, _clock, _logger) = (authority, endpoint, options, tls, clock, logger);
        _limits = new LdapLimits(TimeSpan.FromSeconds(options.ConnectTimeoutSeconds), TimeSpan.FromSeconds(options.OperationTimeoutSeconds));
        var searching = Math.Min(MostSearchConnections, options.MaximumConnections / 2);
        _searching = new SharedConnection?[searching];
        _binding = new SemaphoreSlim(options.MaximumConnections - searching);
    }

    /// <summary>Where it is.</summary>
    public LdapEndpoint Endpoint { get; }

    /// <summary>It is not asked now.</summary>
    public bool IsLost => _isLost;

    /// <summary>Searches as the account that searches.</summary>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public Task<LdapResult> SearchAsync(SearchRequest request) => WatchAsync(async () =>
    {
        var slot = (int)((uint)Interlocked.Increment(ref _next) % (uint)_searching.Length);
        for (var again = false; ; again = true)
        {
            var (connection, isNew) = await SearchConnectionAsync(slot);
            try
            {
                return await connection.SearchAsync(request);
            }
            catch (LdapUnavailableException exception) when (exception.Step == LdapStep.Closed && !isNew && !again && !_isLost)
            {
                // It was closed while it lay idle: that says nothing about the server.
            }
        }
    });

    /// <summary>Binds as a person.</summary>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public Task<LdapResult> BindAsync(string dn, string password) => AloneAsync(connection => connection.BindAsync(dn, password));

    /// <summary>Does something with a connection that nobody else uses meanwhile. Done again from the beginning when the connection was closed while it lay idle.</summary>
    /// <exception cref="LdapUnavailableException">No answer came.</exception>
    public Task<T> AloneAsync<T>(Func<LdapConnection, Task<T>> work) => WatchAsync(async () =>
    {
        if (!await _binding.WaitAsync(_limits.Operation, _stopping.Token))
        {
            throw new LdapUnavailableException(LdapStep.Full, $"all {_options.MaximumConnections} connections are in use");
        }

        try
        {
            while (true)
            {
                // It may have been lost while this one waited for its turn.
                if (_isLost)
                {
                    throw Lost();
                }

                var reused = TryTakeIdle();
                var connection = reused ?? await OpenAsync();
                try
                {
                    var result = await work(connection);
                    await PutBackAsync(connection);
                    return result;
                }
                catch (LdapUnavailableException exception)
                {
                    await connection.DisposeAsync();
                    if (exception.Step != LdapStep.Closed || reused is null || _isLost)
                    {
                        throw;
                    }
                }
            }
        }
        finally
        {
            _binding.Release();
        }
    });

    /// <summary>Connects, without a bind.</summary>
    /// <exception cref="LdapUnavailableException">It did not come about.</exception>
    public Task<LdapConnection> OpenAsync() => LdapConnection.OpenAsync(Endpoint, _options.TransportOf(Endpoint), _tls, _limits, _clock);

    /// <summary>Binds a connection as the account that searches.</summary>
    /// <exception cref="LdapUnavailableException">The directory does not take it: a fault of the configuration, and nobody's wrong password.</exception>
    public async Task BindServiceAsync(LdapConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_options.BindDn.Length == 0)
        {
            return;
        }

        var result = await connection.BindAsync(_options.BindDn, _options.BindPassword);
        if (result.Code != LdapResultCode.Success)
        {
            throw new LdapUnavailableException(LdapStep.ServiceBind, $"BindDn '{_options.BindDn}' is refused ({result.Code}{(result.Diagnostic.Length > 0 ? $": {result.Diagnostic}" : "")})");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await DropAllAsync();
    }

    /// <summary>Keeps count of what fails.</summary>
    private async Task<T> WatchAsync<T>(Func<Task<T>> work)
    {
        if (_isLost)
        {
            throw Lost();
        }

        try
        {
            var result = await work();
            Interlocked.Exchange(ref _failures, 0);
            return result;
        }
        catch (LdapUnavailableException exception) when (exception.Step != LdapStep.Full)
        {
            if (exception.Step is not (LdapStep.Answer or LdapStep.Closed) || Interlocked.Increment(ref _failures) >= FailuresInARow)
            {
                Lose(exception);
            }

            throw;
        }
    }

    private static LdapUnavailableException Lost() => new(LdapStep.Connect, "it did not answer lately");

    private void Lose(LdapUnavailableException why)
    {
        lock (_gate)
        {
            if (_isLost || _stopping.IsCancellationRequested)
            {
                return;
            }

            _isLost = true;
        }

        LdapLog.ServerLost(_logger, _authority, Endpoint.ToString(), why.Step.ToString(), why.Message, _options.RetrySeconds);
        _ = LookAgainAsync();
    }

    private async Task LookAgainAsync()
    {
        try
        {
            await DropAllAsync();
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(_options.RetrySeconds), _clock, _stopping.Token);
                try
                {
                    await (await OpenForSearchAsync()).DisposeAsync();
                    Interlocked.Exchange(ref _failures, 0);
                    _isLost = false;
                    LdapLog.ServerBack(_logger, _authority, Endpoint.ToString());
                    return;
                }
                catch (LdapUnavailableException)
                {
                    // Not yet.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
    }

    private async Task<(LdapConnection Connection, bool IsNew)> SearchConnectionAsync(int slot)
    {
        SharedConnection shared;
        bool isNew;
        lock (_gate)
        {
            var known = _searching[slot];
            isNew = known is not { IsUsable: true };
            shared = isNew ? _searching[slot] = new SharedConnection(OpenForSearchAsync) : known!;
        }

        return (await shared.Opening, isNew);
    }

    private async Task<LdapConnection> OpenForSearchAsync()
    {
        var connection = await OpenAsync();
        try
        {
            await BindServiceAsync(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private LdapConnection? TryTakeIdle()
    {
        while (_idle.TryPop(out var idle))
        {
            if (!idle.Connection.IsBroken && _clock.GetElapsedTime(idle.Since) < LongestIdle)
            {
                return idle.Connection;
            }

            _ = idle.Connection.DisposeAsync().AsTask();
        }

        return null;
    }

    private async ValueTask PutBackAsync(LdapConnection connection)
    {
        if (connection.IsBroken || _isLost || _stopping.IsCancellationRequested)
        {
            await connection.DisposeAsync();
            return;
        }

        _idle.Push((connection, _clock.GetTimestamp()));
    }

    private async Task DropAllAsync()
    {
        SharedConnection?[] searching;
        lock (_gate)
        {
            searching = [.. _searching];
            Array.Clear(_searching);
        }

        while (_idle.TryPop(out var idle))
        {
            await idle.Connection.DisposeAsync();
        }

        foreach (var shared in searching.OfType<SharedConnection>())
        {
            try
            {
                await (await shared.Opening).DisposeAsync();
            }
            catch (LdapUnavailableException)
            {
                // There was none.
            }
        }
    }

    /// <summary>A connection that everybody who needs it waits for, but only one opens.</summary>
    private sealed class SharedConnection
    {
        private volatile LdapConnection? _opened;

        public SharedConnection(Func<Task<LdapConnection>> open) => Opening = KeepAsync(open);

        public Task<LdapConnection> Opening { get; }

        public bool IsUsable => _opened is { } connection ? !connection.IsBroken : !Opening.IsCompleted;

        private async Task<LdapConnection> KeepAsync(Func<Task<LdapConnection>> open) => _opened = await open();
    }
}
