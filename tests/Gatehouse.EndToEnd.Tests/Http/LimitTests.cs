using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>HTT-8 and HTT-9: how long things may be.</summary>
public sealed class LimitTests(Gates gates)
{
    [Theory]
    [InlineData("/api/version?", 8192, 200)]
    [InlineData("/api/version?", 8193, 414)]
    [InlineData("/api/arsys/", 8192, 401)]
    [InlineData("/api/arsys/", 8193, 414)]
    [InlineData("/api/arsys/", 20_000, 414)]
    [Contract("HTT-8", "HTT-30")]
    public async Task A_target_of_8_KiB_is_read_and_a_longer_one_is_414(string start, int length, int status) =>
        (await (await gates.Default).SendAsync(ArRequests.Call(null, start.PadRight(length, 'x')))).Status.ShouldBe(status);

    [Theory]
    [InlineData(99, 10, 200)]
    [InlineData(100, 10, 431)]
    [InlineData(80, 1_600, 200)]
    [InlineData(80, 1_700, 431)]
    [InlineData(1, 200_000, 431)]
    [Contract("HTT-8")]
    public async Task Header_sections_have_100_fields_and_128_KiB(int fields, int length, int status)
    {
        // One field is Host.
        var headers = Enumerable.Range(0, fields).Select(i => $"X-{i:d3}: ".PadRight(length, 'x')).ToList();

        (await (await gates.Default).SendAsync(ArRequests.Request("GET", "/api/version", headers))).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(16_000)]
    [InlineData(60_000)]
    [Contract("HTT-9", "ARS-71", "ATK-47")]
    public async Task A_long_authorization_value_is_an_ordinary_refusal(int length)
    {
        var gate = await gates.Default;

        (await gate.SendAsync(ArRequests.CallWith($"Authorization: AR-JWT {new string('.', length)}"))).ShouldBe623();
        (await gate.SendAsync(ArRequests.CallWith($"Authorization: AR-JWT eyJhbGciOiJIUzI1NiJ9.{new string('A', length)}.{new string('A', 43)}"))).ShouldBe623();
        (await gate.SendAsync(ArRequests.CallWith($"Authorization: Bearer ght_{new string('A', length)}"))).ShouldBe623();
    }
}
