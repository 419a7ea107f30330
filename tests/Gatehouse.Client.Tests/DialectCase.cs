using Gatehouse.Client.ArSystem;
using Gatehouse.Client.Micetro;
using Gatehouse.Client.OperationalIntelligence;
using Gatehouse.Client.ProactiveNet;
using Gatehouse.Client.Repositories;

namespace Gatehouse.Client.Tests;

/// <summary>One dialect as its tests see it: how to sign in, where to call, and what the echo then says.</summary>
internal sealed record DialectCase(string Id, string Method, string Path, string SignInPath, bool SignsOut, Func<Uri, string, string, SignedInHandler> Handler)
{
    public static IReadOnlyList<DialectCase> All { get; } =
    [
        new("ar-system", "ar-jwt", "api/arsys/v1/entry/x", "/api/jwt/login", true, (address, name, password) =>
            new ArSystemHandler(new ArSystemClientOptions { Address = address, Name = name, Password = password })),
        new("proactivenet", "authtoken", "bppmws/api/Event/list", "/bppmws/api/authenticate/login", true, (address, name, password) =>
            new ProactiveNetHandler(new ProactiveNetClientOptions { Address = address, Name = name, Password = password })),
        new("operational-intelligence", "bearer", "mdo/v2/x", "/ess/security/v1/token", false, (address, name, password) =>
            new OperationalIntelligenceHandler(new OperationalIntelligenceClientOptions { Address = address, Name = name, Password = password, Tenant = "DEFAULTORG" })),
        new("micetro", "bearer", "mmws/api/v2/Users", "/mmws/api/micetro/sessions", true, (address, name, password) =>
            new MicetroHandler(new MicetroClientOptions { Address = address, Name = name, Password = password })),
        new("repositories", "session-basic", "api/repositories/DEFAULTORG/x", "/api/repositories/DEFAULTORG/sessions", true, (address, name, password) =>
            new RepositoriesHandler(new RepositoriesClientOptions { Address = address, Name = name, Password = password, Repository = "DEFAULTORG" })),
    ];

    public static TheoryData<string> Ids { get; } = [.. All.Select(dialect => dialect.Id)];

    public static DialectCase Of(string id) => All.Single(dialect => dialect.Id == id);
}
