namespace Gatehouse.Server.Commands;

/// <summary>What a command's exit code says.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int StoreUnreachable = 3;
}
