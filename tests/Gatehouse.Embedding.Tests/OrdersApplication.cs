using System.Security.Claims;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Passwords;
using Gatehouse.Dialects;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Micetro;
using Gatehouse.Storage.Sqlite;
using Gatehouse.Testing;
using Gatehouse.Testing.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Gatehouse.Embedding.Tests;

/// <summary>
/// Somebody's own API, as <c>docs/embedding.md</c> shows it: AR System for most of it, Micetro for one endpoint, neither the
/// server nor the gateway. Real sockets, a real file.
/// </summary>
internal sealed class OrdersApplication : IAsyncDisposable
{
    public const string Password = "seven grey herons by the weir";
    private readonly WebApplication _app;

    private OrdersApplication(WebApplication app) => _app = app;

    public static async Task<OrdersApplication> StartAsync(string directory, params (string Name, string Value)[] options)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
            options.Append(("Gatehouse:Dialects:ArSystem:AllowHttp", "true")).Select(option => KeyValuePair.Create(option.Item1, (string?)option.Item2)));

        builder.Services.AddGatehouse(builder.Configuration)
            .UseSqlite(Path.Combine(directory, "data", "gatehouse.db"))
            .AddArSystem()
            .AddMicetro()
            .AuthorizeBy(ArSystemDialect.Id);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("operators", policy => policy.RequireRole(RoleNames.NamesOf(Roles.Administrator)[0]))
            .AddPolicy("plant", policy => policy.RequireClaim(GatehouseClaims.Tenant, "PLANT"));

        var app = builder.Build();
        app.UseGatehouse();
        app.MapArSystem();
        app.MapMicetro();

        app.MapGet("/orders", (HttpContext context) => $"orders for {context.User.Identity!.Name}").RequireAuthorization();
        app.MapGet("/orders/mine", [Authorize] (ClaimsPrincipal user) => new Caller(
            user.Identity!.Name!,
            user.Identity.AuthenticationType!,
            [.. user.FindAll(ClaimTypes.Role).Select(claim => claim.Value)],
            [.. user.FindAll(GatehouseClaims.Tenant).Select(claim => claim.Value)],
            user.FindFirstValue(GatehouseClaims.Method),
            user.FindFirstValue(GatehouseClaims.Session),
            user.FindFirstValue(GatehouseClaims.Impersonator)));
        app.MapPost("/orders/close", () => "closed").RequireAuthorization("operators");
        app.MapGet("/plant", () => "plant").RequireAuthorization("plant");
        app.MapGet("/zones", [Authorize(AuthenticationSchemes = MicetroDialect.Id)] (ClaimsPrincipal user) => $"zones for {user.Identity!.Name}");
        app.MapGet("/zones/all", [Authorize(AuthenticationSchemes = MicetroDialect.Id, Roles = "administrator")] () => "all zones");
        app.MapGet("/api/arsys/v1/entry/{form}", (string form, ClaimsPrincipal user) => $"{form} for {user.Identity!.Name}").RequireAuthorization();
        app.MapGet("/open", (HttpContext context) => context.User.Identity?.Name ?? "nobody");
        app.MapGet("/broken", string () => throw new InvalidOperationException("a detail that stays inside")).RequireAuthorization();

        await app.StartAsync();
        return new OrdersApplication(app);
    }

    public Uri Address => new(_app.Urls.Single());

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async Task AddAsync(string name, string[] tenants, params string[] roles)
    {
        foreach (var tenant in tenants)
        {
            await Service<TenantAdministration>().AddAsync(tenant, internalId: null, hidden: false, CancellationToken.None);
        }

        (await Service<AccountAdministration>().AddAsync(name, Password, tenants, roles, CancellationToken.None)).Refusal.ShouldBeNull();
    }

    public Task<WireAnswer> SendAsync(string method, string path, string body = "", params string[] headers) => WireClient.ExchangeAsync(
        Address, $"{method} {path} HTTP/1.1\r\nHost: {Address.Authority}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}");

    public Task<WireAnswer> GetAsync(string path, params string[] headers) => SendAsync("GET", path, "", headers);

    public Task<WireAnswer> LoginAsync(string name, string password = Password) => SendAsync(
        "POST", "/api/jwt/login", $"username={Uri.EscapeDataString(name)}&password={Uri.EscapeDataString(password)}", "Content-Type: application/x-www-form-urlencoded");

    /// <summary>Signs in; the header of the next requests.</summary>
    public async Task<string> SignInAsync(string name)
    {
        var answer = await LoginAsync(name);
        answer.Status.ShouldBe(200, answer.Text);
        return $"Authorization: AR-JWT {answer.Text}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    internal sealed record Caller(string Name, string Type, string[] Roles, string[] Tenants, string? Method, string? Session, string? Impersonator);
}
