using System.Text;
using Gatehouse.EndToEnd.Tests.ArSystem;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Http;

/// <summary>Requests with a few bytes changed, at random but the same in every run: nobody gets in, and nothing breaks.</summary>
public sealed class MutationTests(Gates gates)
{
    private static readonly byte[] Interesting = "\0\t\r\n %&=;:,./\\#?\"'{}[]<>\u0080\u00ff0AaZz-_"u8.ToArray();

    [Theory]
    [InlineData(1, 150)]
    [InlineData(2, 150)]
    [InlineData(3, 150)]
    [Contract("HTT-10", "HTT-35", "HTT-38", "ARS-70", "ARS-120", "ATK-27")]
    public async Task No_mutation_gets_in_or_breaks_anything(int seed, int count)
    {
        var gate = await gates.Loose;
        var random = new Random(seed);
        string[] requests =
        [
            ArRequests.Login("mutated", ""),
            ArRequests.Login("mutated", "a wrong password", "X-AR-Client-Type: 9", "Expect: 100-continue"),
            ArRequests.Call($"eyJhbGciOiJIUzI1NiJ9.e30.{new string('A', 43)}", headers: ["X-AR-Timeout: 5", "X-AR-Impersonated-User: RGVtbzI=", "Connection: close"]),
            ArRequests.Request("POST", "/api/arsys/x", ["Authorization: Bearer ght_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], "{}"),
            "POST /api/jwt/logout HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: AR-JWT a.b.c\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n",
        ];
        for (var i = 0; i < count; i++)
        {
            var request = Mutated(Encoding.Latin1.GetBytes(requests[i % requests.Length]), random);
            foreach (var answer in await AnswersAsync(gate.Server.Http, request))
            {
                var about = $"{Encoding.Latin1.GetString(request)}\n---\n{answer.Golden()}";
                (answer.Status is < 500 or 505).ShouldBeTrue(about);
                answer.Text.StartsWith("eyJ", StringComparison.Ordinal).ShouldBeFalse(about);
                answer.Text.ShouldNotContain("\"user\":", Case.Sensitive, about);
                answer.Status.ShouldNotBe(204, about);
            }
        }

        (await gate.SendAsync(ArRequests.Request("GET", "/health/ready"))).Status.ShouldBe(200);
    }

    private static byte[] Mutated(byte[] bytes, Random random)
    {
        var mutated = bytes.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 1:
                    mutated.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    break;
                case 2:
                    mutated.RemoveAt(at);
                    break;
                case 3:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    mutated.InsertRange(at, mutated.Skip(random.Next(mutated.Count)).Take(20).ToList());
                    break;
            }
        }

        return [.. mutated];
    }

    /// <summary>Everything that is answered until the server hangs up.</summary>
    private static async Task<List<WireAnswer>> AnswersAsync(Uri address, byte[] request)
    {
        await using var client = await WireClient.ConnectAsync(address);
        var answers = new List<WireAnswer>();
        try
        {
            await client.SendAsync(request);
            client.FinishSending();
            while (true)
            {
                answers.Add(await client.ReadAnswerAsync(Encoding.Latin1.GetString(request).StartsWith("HEAD ", StringComparison.Ordinal)));
            }
        }
        catch (IOException)
        {
            return answers;
        }
    }
}
