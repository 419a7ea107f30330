using Gatehouse.Core.Accounts;
using Gatehouse.Core.SignIn;

namespace Gatehouse.Core.Tests.Support;

/// <summary>An authority in place of the local one that counts what reaches it, and may be held back.</summary>
internal sealed class CountingAuthority : IPasswordAuthority
{
    private int _asked;

    public string Name => Account.LocalAuthority;

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>What every answer waits for.</summary>
    public Task HoldBack { get; set; } = Task.CompletedTask;

    public bool IsAway { get; set; }

    /// <summary>Returns when so many questions have arrived.</summary>
    public async Task ArrivalOfAsync(int questions)
    {
        while (Asked < questions)
        {
            await Task.Delay(1);
        }
    }

    public async ValueTask<AuthorityAnswer> CheckAsync(PasswordQuestion question, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        await HoldBack;
        return IsAway ? AuthorityAnswer.Unavailable
            : question.Account is not null && question.Password == Node.Password ? AuthorityAnswer.Right
            : AuthorityAnswer.Wrong;
    }
}
