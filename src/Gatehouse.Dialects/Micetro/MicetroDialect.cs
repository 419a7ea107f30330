using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Gatehouse.Dialects.Http;
using Gatehouse.Dialects.Micetro.JsonRpc;
using Gatehouse.Dialects.Micetro.Rest;
using Gatehouse.Dialects.Micetro.Soap;
using Gatehouse.Dialects.SubjectTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Dialects.Micetro;

/// <summary>Micetro (Men&amp;Mice, BlueCat): registration and routes.</summary>
public static class MicetroDialect
{
    /// <summary>Id of the dialect, and name of its authentication scheme.</summary>
    public const string Id = "micetro";

    private const string GetAndPost = "GET, POST";
    private const string PostAndDelete = "POST, DELETE";
    private const string ReadsItsOwn = "reads its own credential";
    private static readonly string[] Bases = ["/mmws/api", "/mmws/api/v2"];
    private static readonly string[] CommandWords = ["command", "commands"];

    /// <summary>Adds the dialect's scheme and services.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="configure">Sets its options.</param>
    public static GatehouseBuilder AddMicetro(this GatehouseBuilder builder, Action<MicetroOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Authentication.AddScheme<MicetroOptions, MicetroHandler>(
            Id, builder.Reading(MicetroOptions.Table, configure, options => options.LoadFiles(Environment.CurrentDirectory)));
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptionsMonitor<MicetroOptions>>().Get(Id));
        builder.Services.AddSingleton<ISubjectTokenReader, MicetroSubjectTokens>();
        builder.Services.AddSingleton<MicetroTransport>();
        builder.Services.AddSingleton<PasswordDoor>();
        builder.Services.TryAddSingleton<HandshakeDoor>();
        builder.Services.AddSingleton<MicetroAuthenticator>();
        builder.Services.AddSingleton<MicetroLogin>();
        builder.Services.AddSingleton<MicetroLogout>();
        builder.Services.AddSingleton<MicetroProtectedCall>();
        builder.Services.AddKeyedSingleton(Id, (provider, _) => DoorOf(provider.GetRequiredService<MicetroProtectedCall>()));
        builder.Services.AddSingleton<JsonRpcEndpoint>();
        builder.Services.AddSingleton<WsdlPage>();
        builder.Services.AddSingleton<SoapEndpoint>();
        return builder;
    }

    /// <summary>Maps the dialect's paths; nothing when it is not enabled.</summary>
    /// <param name="routes">Where to.</param>
    public static IEndpointRouteBuilder MapMicetro(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var options = services.GetRequiredService<MicetroOptions>();
        if (!options.Enabled)
        {
            return routes;
        }

        LogWhatHolds(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(MicetroDialect)), options, services.GetRequiredService<HandshakeDoor>());
        var map = new Map(routes);
        foreach (var at in Bases)
        {
            map.Commands(at, services, options);
            map.Sessions($"{at}/micetro/sessions", services);
            map.JsonRpc($"{at}/json", services);
        }

        map.JsonRpc("/mmws/json", services);
        var soap = services.GetRequiredService<SoapEndpoint>();
        map.Open(SoapEndpoint.Path, ReadsItsOwn, SoapEndpoint.WrappingOf, soap.HandleAsync);
        map.Open(SoapEndpoint.OldPath, ReadsItsOwn, SoapEndpoint.WrappingOf, soap.HandleAsync);
        var wsdl = services.GetRequiredService<WsdlPage>();
        map.Open("/mmws/wsdl", "open by MIC-8", _ => SoapWrapping.Unread, context => wsdl.HandleAsync(context, SoapEndpoint.Path), isPublic: true);
        map.Protected("/mmws/{**path}", RestWrapping.Path);
        map.Protected("/_mmwebext/{**path}", RestWrapping.Path);
        return routes;
    }

    private static DialectDoor DoorOf(MicetroProtectedCall call) => new(
        new DialectEndpoint(Id, (context, fault) => MicetroAnswers.WriteFaultAsync(context, fault, RestWrapping.Path)),
        context => call.HandleAsync(context, RestWrapping.Path, context.Features.GetRequiredFeature<AcceptedMicetroRequest>().Identity));

    private static void LogWhatHolds(ILogger logger, MicetroOptions options, HandshakeDoor handshakes)
    {
        if (options.AllowHttp)
        {
            DialectLog.HttpAllowed(logger, "Gatehouse:Dialects:Micetro:AllowHttp");
        }

        if (options.PreferencesFile is not null)
        {
            DialectLog.MicetroMethods(logger, options.Preferences.Methods == AuthorizationMethods.None ? "Bearer" : $"Bearer, {options.Preferences.Methods}");
        }

        foreach (var name in options.Preferences.UnknownSettings)
        {
            DialectLog.UnknownPreference(logger, TypedText.Escape(TypedText.Cut(name, 64)));
        }

        if (options.Preferences.AcceptsNegotiate)
        {
            // The start does not wait for it.
            _ = LogWhatIsMissingAsync(logger, options.Preferences.Handshakes, handshakes);
        }
    }

    private static async Task LogWhatIsMissingAsync(ILogger logger, HandshakeMechanisms listed, HandshakeDoor handshakes)
    {
        var missing = listed & ~await handshakes.FindMechanismsAsync();
        if (missing != HandshakeMechanisms.None)
        {
            DialectLog.NoAcceptor(logger, missing);
        }
    }

    /// <summary>Maps paths, each with its wrapping and with the checks that come before everything.</summary>
    private sealed class Map(IEndpointRouteBuilder routes)
    {
        private readonly MicetroTransport _transport = routes.ServiceProvider.GetRequiredService<MicetroTransport>();
        private readonly MicetroProtectedCall _call = routes.ServiceProvider.GetRequiredService<MicetroProtectedCall>();

        /// <summary>The commands of section 1: three are answered here, all others are protected calls (MIC-3, MIC-4, MIC-10).</summary>
        public void Commands(string at, IServiceProvider services, MicetroOptions options)
        {
            var login = services.GetRequiredService<MicetroLogin>();
            var logout = services.GetRequiredService<MicetroLogout>();
            foreach (var word in CommandWords)
            {
                NotFound($"{at}/{word}");
                Own($"{at}/{word}/Login", ReadsItsOwn, login.HandleAsync);
                Own($"{at}/{word}/Logout", ReadsItsOwn, logout.HandleAsync);
                Own($"{at}/{word}/web_getPreLoginInfo", "open by MIC-8", call => PreLoginInfo.AnswerAsync(call, options, json => RestWrapping.WriteResultAsync(call.Context, json)), isPublic: true);
                Protected($"{at}/{word}/{{command}}", RestWrapping.Command);
            }
        }

        /// <summary>MIC-36 to MIC-40.</summary>
        public void Sessions(string path, IServiceProvider services)
        {
            var login = services.GetRequiredService<MicetroLogin>();
            var logout = services.GetRequiredService<MicetroLogout>();
            Open(path, ReadsItsOwn, _ => RestWrapping.Sessions, context =>
                HttpMethods.IsPost(context.Request.Method) ? RunAsync(context, RestWrapping.Sessions, login.HandleAsync)
                : HttpMethods.IsDelete(context.Request.Method) ? RunAsync(context, RestWrapping.Sessions, logout.HandleAsync)
                : RestWrapping.Sessions.WriteErrorAsync(context, MicetroError.MethodNotAllowed(PostAndDelete)));
        }

        /// <summary>MIC-5.</summary>
        public void JsonRpc(string path, IServiceProvider services)
        {
            var jsonRpc = services.GetRequiredService<JsonRpcEndpoint>();
            var unread = JsonRpcWrapping.WithoutId(isOldWebApplication: false);
            Open(path, ReadsItsOwn, _ => unread, context =>
                HttpMethods.IsPost(context.Request.Method) ? jsonRpc.HandleAsync(context, isOldWebApplication: false) : unread.WriteErrorAsync(context, MicetroError.MethodNotAllowed("POST")));
        }

        public void Open(string pattern, string why, Func<HttpContext, MicetroWrapping> wrappingOf, RequestDelegate handler, bool isPublic = false) =>
            routes.Map(pattern, context => _transport.Check(context) is { } error ? wrappingOf(context).WriteErrorAsync(context, error) : handler(context))
                .OpenToAll(new DialectEndpoint(Id, (context, fault) => MicetroAnswers.WriteFaultAsync(context, fault, wrappingOf(context))), why, isPublic);

        public void Protected(string pattern, RestWrapping wrapping) =>
            routes.Map(pattern, context => _call.HandleAsync(context, wrapping, context.Features.GetRequiredFeature<AcceptedMicetroRequest>().Identity))
                .Protect(new DialectEndpoint(Id, (context, fault) => MicetroAnswers.WriteFaultAsync(context, fault, wrapping)));

        /// <summary>A command that is answered here; with more segments behind it, it is nothing (MIC-10).</summary>
        private void Own(string path, string why, Func<CommandCall, Task> command, bool isPublic = false)
        {
            Open(path, why, _ => RestWrapping.Command, context => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsPost(context.Request.Method)
                ? RunAsync(context, RestWrapping.Command, command)
                : RestWrapping.Command.WriteErrorAsync(context, MicetroError.MethodNotAllowed(GetAndPost)), isPublic);
            NotFound($"{path}/{{**more}}");
        }

        private void NotFound(string path) =>
            Open(path, "answers 404 only", _ => RestWrapping.Path, context => RestWrapping.Path.WriteErrorAsync(context, MicetroError.NotFound), isPublic: true);

        private static async Task RunAsync(HttpContext context, MicetroWrapping wrapping, Func<CommandCall, Task> command)
        {
            var (call, error) = await RestCommand.ReadAsync(context, wrapping);
            await (call is null ? wrapping.WriteErrorAsync(context, error!) : command(call));
        }
    }
}
