namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>The library that gives a process another wall clock (Debian: faketime). The monotonic clock stays the kernel's.</summary>
internal static class Faketime
{
    public static string Library { get; } =
        Directory.EnumerateDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(directory => Path.Combine(directory, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("libfaketime is missing: see tests/packages.txt.");
}
