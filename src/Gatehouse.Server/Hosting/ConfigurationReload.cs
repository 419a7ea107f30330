using System.Runtime.InteropServices;
using Gatehouse.Core.Configuration;
using Gatehouse.Gateway.Routing;
using Gatehouse.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Server.Hosting;

/// <summary>
/// Takes up changed routes without a restart: when the configuration file changed, and at SIGHUP. A configuration with
/// faults is refused as a whole; each fault is told once, and what is served goes on. What cannot change while the program
/// runs is named in a warning.
/// </summary>
internal sealed class ConfigurationReload(RouteDirectory routes, TimeProvider clock, ILogger<ConfigurationReload> logger) : IDisposable
{
    // The file is read, not watched: mounted files change by links that watchers do not see.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly string Changeable = GateRouteOptions.Root + ":";
    private readonly SemaphoreSlim _signal = new(0, 1);
    private string _told = "";

    /// <summary>Watches until the program ends.</summary>
    /// <param name="started">What the program was started with.</param>
    /// <param name="source">Where it was read from.</param>
    /// <param name="cancellationToken">The end.</param>
    public async Task RunAsync(Settings started, SettingsSource source, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(source.ConfigFile ?? Settings.DefaultFile);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Wake();
        });
        var (taken, seen) = (started.FileContent, started.FileContent);
        var signal = _signal.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                await Task.WhenAny(signal, Task.Delay(LookEvery, clock, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
                var isSignalled = signal.IsCompleted;
                signal = isSignalled ? _signal.WaitAsync(cancellationToken) : signal;
                var content = Settings.ContentOf(file);
                var isSettled = content == seen;
                seen = content;

                // A file that is being written is left alone until it stays as it is for a moment.
                if (isSignalled || (isSettled && content != taken))
                {
                    taken = content;
                    Reload(started, source with { ConfigFile = content is null ? source.ConfigFile : file });
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    /// <summary>Reads the configuration again and takes up its routes, if there is no fault in it.</summary>
    /// <returns>Whether it was taken up.</returns>
    public bool Reload(Settings started, SettingsSource source)
    {
        var settings = Settings.Read(source, out var faults);
        if (faults.Count == 0)
        {
            // Whose the paths are was settled at the start.
            faults = RouteFaults.Find(settings.Routes, DialectPaths.PlanFor(started), settings.BaseDirectory);
        }

        return faults.Count > 0 ? Refuse(faults) : Accept(started, settings);
    }

    /// <summary>Files with secrets that others than their owner can read or write.</summary>
    public static IEnumerable<string> Loosened(Settings settings) => settings.Routes.Select(route => route.LooseSecretFile()).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();

    private bool Accept(Settings started, Settings settings)
    {
        routes.Load(settings.Routes, DialectPaths.PlanFor(started));
        var changed = string.Join(", ", Differences(started, settings));
        if (changed.Length > 0 && changed != _told)
        {
            ServerLog.NotAtRunTime(logger, changed);
        }

        _told = changed;
        foreach (var loose in Loosened(settings))
        {
            ServerLog.LooseMode(logger, loose);
        }

        return true;
    }

    private bool Refuse(IReadOnlyList<OptionFault> faults)
    {
        var told = string.Join('\n', faults);
        if (told != _told)
        {
            foreach (var fault in faults)
            {
                ServerLog.ReloadRefused(logger, fault.ToString());
            }
        }

        _told = told;
        return false;
    }

    /// <summary>Names of options, never their values.</summary>
    private static IEnumerable<string> Differences(Settings started, Settings settings)
    {
        var (before, after) = (Fixed(started), Fixed(settings));
        return before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal);
    }

    private static Dictionary<string, string?> Fixed(Settings settings) => settings.Flat()
        .Where(pair => !pair.Key.StartsWith(Changeable, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);

    private void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // One is enough.
        }
    }
}
