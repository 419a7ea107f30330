namespace Gatehouse.Core.Operator;

/// <summary>An authority that can show each step that it takes (<c>gatehouse authority test</c>).</summary>
public interface IAuthorityTrial
{
    /// <summary>Name of the authority.</summary>
    string Name { get; }

    /// <summary>Takes the steps of a sign-in, as far as they come, and says what came of each. Faults are findings, never exceptions.</summary>
    /// <param name="user">A name, as somebody would type it; null for the steps that need none.</param>
    /// <param name="password">Its password; null for the steps that need none.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    IAsyncEnumerable<Finding> TryAsync(string? user, string? password, CancellationToken cancellationToken);
}
