namespace Gatehouse.Core.Audit;

/// <summary>How long the audit trail is kept (section <c>Gatehouse:Audit</c>).</summary>
public sealed class AuditOptions
{
    /// <summary>Days after which an event is deleted.</summary>
    public int RetentionDays { get; set; } = 400;
}
