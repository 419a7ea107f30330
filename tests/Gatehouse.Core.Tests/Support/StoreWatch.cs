using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Gatehouse.Core.Stores;

namespace Gatehouse.Core.Tests.Support;

/// <summary>Stands in front of a store: counts the calls, takes the store away, holds answers back.</summary>
public sealed class StoreWatch
{
    private readonly ConcurrentDictionary<string, int> _calls = new();

    public StoreWatch(IStore inner) => Store = (IStore)WatchedPart.Around(typeof(IStore), inner, this);

    public IStore Store { get; }

    /// <summary>While it is set, every call whose name it accepts finds the store away.</summary>
    public Func<string, bool> IsAway { get; set; } = _ => false;

    /// <summary>What each answer waits for; by name of the call, as in <c>ISessionStore.FindAsync</c>.</summary>
    public Func<string, Task> HoldBack { get; set; } = _ => Task.CompletedTask;

    public int CallsOf(string name) => _calls.GetValueOrDefault(name);

    internal void Enter(string name)
    {
        _calls.AddOrUpdate(name, 1, (_, count) => count + 1);
        if (IsAway(name))
        {
            throw new StoreUnavailableException("away");
        }
    }
}

/// <summary>One interface of a watched store.</summary>
public class WatchedPart : DispatchProxy
{
    private static readonly MethodInfo Later = typeof(WatchedPart).GetMethod(nameof(AfterAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private object _inner = null!;
    private StoreWatch _watch = null!;

    internal static object Around(Type part, object inner, StoreWatch watch)
    {
        var proxy = Create(part, typeof(WatchedPart));
        var watched = (WatchedPart)proxy;
        (watched._inner, watched._watch) = (inner, watch);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        if (method.Name.StartsWith("get_", StringComparison.Ordinal))
        {
            return Around(method.ReturnType, method.Invoke(_inner, args)!, _watch);
        }

        var name = $"{method.DeclaringType!.Name}.{method.Name}";
        _watch.Enter(name);
        try
        {
            var answer = method.Invoke(_inner, args);
            return method.ReturnType.IsGenericType
                ? Later.MakeGenericMethod(method.ReturnType.GetGenericArguments()).Invoke(null, [answer, _watch.HoldBack(name)])
                : answer;
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
    }

    private static async ValueTask<TAnswer> AfterAsync<TAnswer>(ValueTask<TAnswer> answer, Task gate)
    {
        var known = await answer;
        await gate;
        return known;
    }
}
