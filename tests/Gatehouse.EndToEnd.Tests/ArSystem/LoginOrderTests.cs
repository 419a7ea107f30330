using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>
/// ARS-26: the order of checks. Each row breaks everything from one check on; the answer must be that of the first
/// broken one. The account is delayed, so that a check that comes later than it should would show as 429.
/// </summary>
public sealed class LoginOrderTests(Gates gates) : IAsyncLifetime
{
    private const string Json = "application/json";
    private const string BadForm = "username=order&username=order&password=";
    private readonly string _name = $"order-{Guid.NewGuid():N}";
    private Gate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _gate = await gates.Delaying;
        await _gate.AddAsync(_name);
        for (var i = 0; i < 3; i++)
        {
            (await _gate.LogInAsync(_name, $"a wrong password {i}")).Status.ShouldBe(401);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    [Contract("ARS-26", "ARS-49", "ARS-91")]
    public async Task The_first_failing_check_answers()
    {
        string[] badType = ["X-AR-Client-Type: x"];
        var tooLong = BadForm.PadRight((64 * 1024) + 1, 'x');

        (await _gate.SendPlainAsync(ArRequests.Request("PUT", "/api/jwt/login", [.. badType, $"Content-Type: {Json}"], BadForm))).ShouldBeHttpForbidden();
        (await _gate.SendAsync(ArRequests.Request("PUT", "/api/jwt/login", [.. badType, $"Content-Type: {Json}"], BadForm))).Status.ShouldBe(405);
        (await _gate.SendAsync(ArRequests.LoginWith(tooLong, Json, headers: badType))).Status.ShouldBe(413);
        (await _gate.SendAsync(ArRequests.LoginWith(BadForm, Json, headers: badType))).Status.ShouldBe(415);
        (await _gate.SendAsync(ArRequests.LoginWith(BadForm, headers: badType))).ShouldBeMalformed("username");
        (await _gate.SendAsync(ArRequests.Login(_name, "", badType))).ShouldBeError(400, 8732, "Invalid client type", "\"X-AR-Client-Type\"");
        (await _gate.LogInAsync(_name, "")).ShouldBeTooMany();
        (await _gate.LogInAsync(_name)).ShouldBeTooMany();
        (await _gate.LogInAsync(_name.ToUpperInvariant(), "\u0001")).ShouldBeTooMany();
        (await _gate.LogInAsync("order-somebody-else", "")).ShouldBe623("\"order-somebody-else\"");
    }

    [Fact]
    [Contract("ARS-26", "ARS-54", "ARS-60")]
    public async Task The_seat_comes_last()
    {
        await _gate.AddAsync("order-seat");
        await _gate.TokenAsync("order-seat");

        (await _gate.LogInAsync("order-seat", "", "127.0.0.2")).ShouldBe623("\"order-seat\"");
        (await _gate.LogInAsync("order-seat", "a wrong password", "127.0.0.2")).ShouldBe623("\"order-seat\"");
        (await _gate.LogInAsync("order-seat", from: "127.0.0.2")).ShouldBeConnectedElsewhere("order-seat");
    }
}
