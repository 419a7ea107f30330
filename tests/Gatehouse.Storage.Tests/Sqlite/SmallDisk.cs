using System.Diagnostics;
using System.Globalization;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>A disk of its own, one mebibyte small. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SmallDisk() => Run("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "gatehouse-test", _directory.Path);

    public string File(string name) => _directory.File(name);

    /// <summary>Leaves so many bytes of room.</summary>
    public void FillUpTo(long room)
    {
        var free = new DriveInfo(_directory.Path).AvailableFreeSpace;
        using var ballast = new FileStream(File("ballast"), FileMode.Create);
        ballast.Write(new byte[Math.Max(0, free - room)]);
    }

    public void MakeRoom() => System.IO.File.Delete(File("ballast"));

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", _directory.Path);

    public void MakeWritable() => Run("mount", "-o", "remount,rw", _directory.Path);

    public void Dispose()
    {
        Run("umount", _directory.Path);
        _directory.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false }).ShouldNotBeNull();
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, string.Create(CultureInfo.InvariantCulture, $"{program}: {said}"));
    }
}
