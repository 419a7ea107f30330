using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Gatehouse.Core.Telemetry;

/// <summary>Collects the meter's counters and gauges, and writes them in Prometheus' text form.</summary>
public sealed class MetricsCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), double> _values = new();

    /// <summary>Starts collecting.</summary>
    /// <param name="metrics">Only asked for so that it is there.</param>
    public MetricsCollector(GatehouseMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatehouseMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => _values.AddOrUpdate((instrument, LabelsOf(labels)), value, (_, sum) => sum + value));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => _values[(instrument, LabelsOf(labels))] = value);
        _listener.Start();
    }

    /// <summary>The page as it is now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var page = new StringBuilder();
        foreach (var group in _values.GroupBy(value => value.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"# HELP {group.Key.Name} {group.Key.Description}\n");
            page.Append(CultureInfo.InvariantCulture, $"# TYPE {group.Key.Name} {(group.Key.IsObservable ? "gauge" : "counter")}\n");
            foreach (var (key, value) in group.OrderBy(value => value.Key.Labels, StringComparer.Ordinal))
            {
                page.Append(CultureInfo.InvariantCulture, $"{key.Instrument.Name}{key.Labels} {value}\n");
            }
        }

        return page.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    // All values are words of ours: nothing in them needs escaping.
    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder("{");
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"{name}=\"{value}\"");
        }

        return text.Append('}').ToString();
    }
}
