using Gatehouse.Peers;

// What Gatehouse is measured against: "peers bare URL", a minimal API that says yes to everybody; "peers jwt URL", an
// application that checks HS256 tokens by a general JWT library. The key of the latter: variable PEERS_KEY.
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(args[1]);
if (args[0] == "jwt")
{
    builder.Services.AddAuthentication(GeneralJwtHandler.SchemeName).AddScheme<GeneralJwtOptions, GeneralJwtHandler>(GeneralJwtHandler.SchemeName, configureOptions: null);
    builder.Services.AddAuthorization();
}

var app = builder.Build();
if (args[0] == "jwt")
{
    app.UseAuthentication();
    app.UseAuthorization();
    app.Map("/{**path}", context =>
    {
        context.Response.Headers["Remote-User"] = context.User.Identity!.Name;
        return Task.CompletedTask;
    }).RequireAuthorization();
}
else
{
    app.Map("/{**path}", () => Results.Ok());
}

await app.RunAsync();
