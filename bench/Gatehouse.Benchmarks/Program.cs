using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Gatehouse.Benchmarks;

// Side by side in one run: absolute times mean nothing on a shared machine, ratios and allocations do.
//   dotnet run -c Release --project bench/Gatehouse.Benchmarks -- --filter '*'
//   dotnet run -c Release --project bench/Gatehouse.Benchmarks -- memory     bytes per live session
//   dotnet run -c Release --project bench/Gatehouse.Benchmarks -- scale [SESSIONS [PostgreSQL connection]]
if (args is ["scale", .. var what])
{
    await Scale.MeasureAsync(what is [var count, ..] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 1_000_000, what is [_, var connection] ? connection : null);
    return;
}

if (args is ["memory"])
{
    await SessionMemory.MeasureAsync();
    return;
}

var config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(ConsoleLogger.Default)
    .AddExporter(MarkdownExporter.GitHub);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
