using System.Diagnostics;
using System.Net.Sockets;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Storage.Checking;
using Gatehouse.Testing;
using Gatehouse.Testing.Servers;
using Shouldly;
using static Gatehouse.Storage.Tests.Postgres.PostgresTestStores;

namespace Gatehouse.Storage.Tests.Postgres;

/// <summary>PgBouncer between the node and the server.</summary>
public sealed class PostgresPoolerTests
{
    [Fact]
    public async Task Pooler_in_session_mode_is_no_hindrance()
    {
        await using var stores = await CreateAsync();
        using var pooler = await PoolerAsync("session", (await PostgresServers.ServerAsync()).Port);
        var (one, other) = (stores.Open($"{stores.Connection};Port={pooler.Port}"), stores.Open($"{stores.Connection};Port={pooler.Port}"));
        await one.MigrateAsync(default);
        var account = await AddAccountAsync(one);
        await other.Changes.WaitAsync(TimeSpan.FromSeconds(20), default);
        var start = await other.Changes.GetLatestAsync(default);
        var woken = other.Changes.WaitAsync(TimeSpan.FromDays(1), default).AsTask();

        for (var i = 0; i < 10; i++)
        {
            var session = await stores.SignInAsync(i % 2 == 0 ? one : other, account);
            (await (i % 2 == 0 ? other : one).Sessions.EndAsync(session.Id, stores.Clock.GetUtcNow(), Event(), default)).ShouldBe([session.Token]);
        }

        await woken.WaitAsync(TimeSpan.FromSeconds(20));
        (await other.Changes.ReadAsync(start, default)).ShouldNotBeNull().Count.ShouldBe(10);
        (await StoreCheck.RunAsync(one, default)).ShouldContain(finding => finding.What == "pooling" && !finding.IsFault);
    }

    [Fact]
    public async Task Pooler_in_transaction_mode_is_found()
    {
        await using var stores = await CreateAsync();
        using var pooler = await PoolerAsync("transaction", (await PostgresServers.ServerAsync()).Port);
        var store = stores.Open($"{stores.Connection};Port={pooler.Port}");

        (await StoreCheck.RunAsync(store, default)).ShouldContain(finding => finding.What == "pooling" && finding.IsFault);
    }

    private static async Task<Pooler> PoolerAsync(string mode, int server)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/pgbouncer"), "The package pgbouncer is not installed.");
        var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await File.WriteAllTextAsync(directory.File("users"), $"\"{PostgresServer.User}\" \"{PostgresServer.Password}\"\n");
        await File.WriteAllTextAsync(directory.File("pgbouncer.ini"), FormattableString.Invariant($"""
            [databases]
            * = host=127.0.0.1 port={server}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {directory.File("users")}
            pool_mode = {mode}
            default_pool_size = 60

            """));
        if (Environment.IsPrivilegedProcess)
        {
            // It refuses to run as root.
            using var chown = Process.Start("chown", ["-R", "postgres", directory.Path]);
            await chown.WaitForExitAsync();
        }

        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", "/usr/sbin/pgbouncer", "-q", directory.File("pgbouncer.ini")])
            : new ProcessStartInfo("/usr/sbin/pgbouncer", ["-q", directory.File("pgbouncer.ini")]);
        var pooler = new Pooler(Process.Start(start)!, directory, port);
        await pooler.UntilListeningAsync();
        return pooler;
    }

    private sealed class Pooler(Process process, TemporaryDirectory directory, int port) : IDisposable
    {
        public int Port => port;

        public async Task UntilListeningAsync()
        {
            for (var clock = Stopwatch.StartNew(); ;)
            {
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync("127.0.0.1", port);
                    return;
                }
                catch (SocketException) when (!process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(20))
                {
                    await Task.Delay(50);
                }
            }
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            directory.Dispose();
        }
    }
}
