namespace Gatehouse.Core.Tokens;

/// <summary>Who signs the tokens of this installation.</summary>
public interface IIssuer
{
    /// <summary>Its URL, without a final slash: <c>iss</c>. The same on all nodes; never taken from a request.</summary>
    string Name { get; }
}
