using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>ARS-49, and contract http-and-tokens, section 6: guessing.</summary>
public sealed class ThrottleTests(Gates gates)
{
    [Fact]
    [Contract("ARS-49", "HTT-31", "HTT-89", "HTT-90", "HTT-178")]
    public async Task After_the_free_attempts_everything_is_429_even_the_right_password()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttled");
        for (var i = 0; i < 3; i++)
        {
            (await gate.LogInAsync("throttled", $"a wrong password {i}")).ShouldBe623("\"throttled\"");
        }

        var answer = await gate.LogInAsync("throttled");
        answer.ShouldBeTooMany();
        int.Parse(answer.Header("Retry-After")!).ShouldBeInRange(500, 600);

        // What falls into a delay does not lengthen it.
        for (var i = 0; i < 5; i++)
        {
            (await gate.LogInAsync("throttled", $"another wrong password {i}")).ShouldBeTooMany();
        }

        int.Parse((await gate.LogInAsync("throttled")).Header("Retry-After")!).ShouldBeInRange(400, 600);
        var rows = await gate.AuditAsync("throttled", row => row.Outcome == "throttled");
        rows.First(row => row.Outcome == "throttled").Reason.ShouldBe("throttled");
        rows.Count(row => row is { Outcome: "refused", Reason: "bad-credentials" }).ShouldBe(3);
    }

    [Fact]
    [Contract("ARS-44", "HTT-72", "HTT-73", "HTT-89", "ATK-8", "ATK-9")]
    public async Task All_spellings_of_a_name_are_one_count()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("Spellings-\u00e9");
        foreach (var spelling in (string[])["SPELLINGS-\u00c9", " spellings-e\u0301 ", "Spellings-\u00e9"])
        {
            (await gate.LogInAsync(spelling, $"wrong for {spelling}")).Status.ShouldBe(401);
        }

        (await gate.LogInAsync("Spellings-\u00e9")).ShouldBeTooMany();
        (await gate.LogInAsync("sPELLINGS-E\u0301\t".TrimEnd())).ShouldBeTooMany();
    }

    [Fact]
    [Contract("ARS-49", "HTT-96", "ATK-10")]
    public async Task Unknown_names_are_delayed_alike()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttled-known");
        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(Comparable(await gate.LogInAsync("throttled-known", $"a wrong password {i}"), "throttled-known"));
            answers.Add(Comparable(await gate.LogInAsync("throttled-nobdy", $"a wrong password {i}"), "throttled-nobdy"));
        }

        foreach (var pair in answers.Chunk(2))
        {
            pair[1].ShouldBe(pair[0]);
        }

        answers[^1].ShouldStartWith("429");
    }

    [Fact]
    [Contract("HTT-91")]
    public async Task A_right_password_resets_the_count()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttle-reset");
        int[] statuses =
        [
            .. await StatusesAsync(gate, "throttle-reset", "wrong 1", "wrong 2"),
            .. await StatusesAsync(gate, "throttle-reset", Gate.Password),
            .. await StatusesAsync(gate, "throttle-reset", "wrong 3", "wrong 4"),
            .. await StatusesAsync(gate, "throttle-reset", "wrong 5", "wrong 6"),
        ];

        statuses.ShouldBe([401, 401, 200, 401, 401, 401, 429]);
    }

    [Fact]
    [Contract("HTT-84", "HTT-91", "HTT-177", "ARS-49", "ARS-121")]
    public async Task A_remembered_password_passes_a_delay_and_does_not_end_it()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttle-remembered");
        (await gate.LogInAsync("throttle-remembered")).Status.ShouldBe(200);
        (await StatusesAsync(gate, "throttle-remembered", "wrong 1", "wrong 2", "wrong 3", "wrong 4")).ShouldBe([401, 401, 401, 429]);

        (await gate.LogInAsync("throttle-remembered")).Status.ShouldBe(200);
        (await gate.LogInAsync("throttle-remembered", "wrong 5")).ShouldBeTooMany();

        (await gate.AuditAsync("throttle-remembered")).Count(row => row is { Event: "sign-in", Outcome: "accepted" }).ShouldBe(2);
    }

    [Fact]
    [Contract("ARS-49", "HTT-94", "HTT-95", "HTT-115", "HTT-176", "HTT-186")]
    public async Task LockAfter_wrong_ones_lock_until_unlocked()
    {
        var gate = await gates.Locking;
        await gate.AddAsync("locked");
        var live = await gate.TokenAsync("locked");
        (await StatusesAsync(gate, "locked", "wrong 1", "wrong 2", "wrong 3")).ShouldBe([401, 401, 401]);

        // Remembered or not, the right password is of no use now; who is signed in stays so.
        var answer = await gate.LogInAsync("locked");
        answer.ShouldBeTooMany();
        answer.Header("Retry-After").ShouldBe("3600");
        (await gate.CallAsync(live)).ShouldBeEchoOf("locked");
        (await gate.Server.RunAsync("account", "show", "locked", "--json")).Output.ShouldContain("\"locked\":true");

        (await gate.Server.RunAsync("account", "unlock", "locked")).ExitCode.ShouldBe(0);
        (await gate.LogInAsync("locked")).Status.ShouldBe(200);
        (await StatusesAsync(gate, "locked", "wrong 4", "wrong 5")).ShouldBe([401, 401]);
        (await gate.Server.RunAsync("account", "show", "locked", "--json")).Output.ShouldContain("\"locked\":false");

        var rows = await gate.AuditAsync("locked", row => row.Event == "unlock");
        rows.Count(row => row is { Event: "lock", Outcome: "accepted", Account: "locked" }).ShouldBe(1);
        rows.ShouldContain(row => row.Event == "sign-in" && row.Outcome == "throttled" && row.Reason == "locked");
    }

    [Fact]
    [Contract("HTT-96", "ARS-49", "ATK-10")]
    public async Task A_name_that_does_not_exist_is_locked_just_the_same()
    {
        var gate = await gates.Locking;
        (await StatusesAsync(gate, "locked-nobody", "wrong 1", "wrong 2", "wrong 3")).ShouldBe([401, 401, 401]);

        var answer = await gate.LogInAsync("locked-nobody", "wrong 4");
        answer.ShouldBeTooMany();
        answer.Header("Retry-After").ShouldBe("3600");
    }

    [Fact]
    [Contract("HTT-88", "HTT-92", "ATK-6")]
    public async Task Of_many_different_guesses_at_once_no_more_than_the_free_ones_are_checked()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttle-race");

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => gate.LogInAsync("throttle-race", $"a wrong password {i}")));

        answers.Count(answer => answer.Status == 401).ShouldBeLessThanOrEqualTo(3);
        answers.Count(answer => answer.Status is 401 or 429).ShouldBe(24);
        (await gate.LogInAsync("throttle-race")).ShouldBeTooMany();
    }

    [Fact]
    [Contract("HTT-84", "HTT-93")]
    public async Task Many_equal_right_sign_ins_at_once_are_all_accepted()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("throttle-equal");

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => gate.LogInAsync("throttle-equal")));

        answers.ShouldAllBe(answer => answer.Status == 200);
    }

    [Fact]
    [Contract("HTT-84", "ATK-18", "ATK-19")]
    public async Task A_caller_who_waits_never_gets_the_answer_for_another_password()
    {
        var gate = await gates.Default;
        await gate.AddAsync("in-flight");
        string[] passwords = [Gate.Password, "a wrong password", Gate.Password.ToUpperInvariant(), Gate.Password + " "];

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i => (Password: passwords[i % 4], Answer: await gate.LogInAsync("in-flight", passwords[i % 4]))));

        answers.ShouldAllBe(pair => pair.Answer.Status == (pair.Password == Gate.Password ? 200 : 401));
    }

    [Fact]
    [Contract("HTT-89", "HTT-90", "HTT-94", "HTT-98")]
    public async Task Delays_grow_into_a_lock_which_survives_a_crash()
    {
        await using var gate = await Gate.StartAsync(("Throttle:FreeAttempts", "2"), ("Throttle:FirstDelaySeconds", "1"), ("Throttle:LockAfter", "4"));
        await gate.AddAsync("growing");
        var statuses = new List<int>();
        WireAnswer answer;
        do
        {
            answer = await gate.LogInAsync("growing", $"a wrong password {statuses.Count}");
            statuses.Add(answer.Status);
            await Task.Delay(100);
        }
        while (answer.Header("Retry-After") != "3600");

        // Two are free; the third and fourth each came through when a delay was over.
        statuses.Count(status => status == 401).ShouldBe(4);
        statuses[..2].ShouldBe([401, 401]);
        statuses.Count(status => status == 429).ShouldBeGreaterThanOrEqualTo(3);

        await gate.Server.KillAsync();
        await using var again = await Gate.StartOnAsync(gate.Server.Data);
        (await again.LogInAsync("growing")).ShouldBeTooMany();
        (await again.Server.RunAsync("account", "unlock", "growing")).ExitCode.ShouldBe(0);
        (await again.LogInAsync("growing")).Status.ShouldBe(200);
    }

    private static async Task<List<int>> StatusesAsync(Gate gate, string name, params string[] passwords)
    {
        var statuses = new List<int>();
        foreach (var password in passwords)
        {
            statuses.Add((await gate.LogInAsync(name, password)).Status);
        }

        return statuses;
    }

    private static string Comparable(WireAnswer answer, string name) =>
        string.Join('\n', answer.Golden().Replace(name, "NAME", StringComparison.Ordinal).Split('\n').Where(line => !line.StartsWith("Retry-After", StringComparison.Ordinal)));
}
