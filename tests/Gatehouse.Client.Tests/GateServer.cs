using System.Text.Json;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.Client.Tests;

/// <summary>A running server with the accounts that the tests sign in as.</summary>
public sealed class GateServer : IAsyncLifetime
{
    public const string Password = "seven grey herons by the weir";

    public GatehouseServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await GatehouseServer.StartAsync(("Dialects:ArSystem:SingleComputer", "false"));
        await Server.AddAccountAsync("boss", Password, "--role", "administrator");
    }

    /// <summary>Makes an account of its own for a test.</summary>
    public async Task<string> AddRobotAsync()
    {
        var name = $"robot{Guid.NewGuid():N}";
        await Server.AddAccountAsync(name, Password, "--tenant", "DEFAULTORG");
        return name;
    }

    /// <summary>Public ids of the live sessions of an account in a dialect; the refresh tokens beside them do not count.</summary>
    public async Task<IReadOnlyList<string>> SessionsAsync(string account, string dialect)
    {
        var result = await Server.RunAsync("session", "list", "--account", account, "--dialect", dialect, "--json");
        result.ExitCode.ShouldBe(0, result.Errors);
        using var list = JsonDocument.Parse(result.Output);
        return [.. list.RootElement.EnumerateArray().Where(row => row.GetProperty("kind").GetString() != "refresh").Select(row => row.GetProperty("id").GetString()!)];
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
