using System.Text.Json;
using Gatehouse.Testing.Server;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>The echo upstream's answer: the identity that a real upstream would be told.</summary>
internal sealed record Echo(string User, string Dialect, string Method, string? Tenant, string? Scope, IReadOnlyList<string> Tenants, string? Impersonator, string? Session)
{
    public static Echo Read(WireAnswer answer) => JsonSerializer.Deserialize<Echo>(answer.Text, JsonSerializerOptions.Web)!;
}
