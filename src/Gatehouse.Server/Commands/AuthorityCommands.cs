using System.CommandLine;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.SignIn;
using Gatehouse.Core.Text;
using Gatehouse.Server.Configuration;
using Gatehouse.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse authority</c>: who can check passwords. Needs no store.</summary>
internal static class AuthorityCommands
{
    public static Command Create(CommonOptions common)
    {
        var command = new Command("authority", "Authorities: who checks passwords.");
        command.Subcommands.Add(List(common));
        command.Subcommands.Add(Test(common));
        return command;
    }

    /// <summary>The services of the configured authorities, without a store and without a server.</summary>
    public static ServiceProvider ServicesOf(Settings settings) => new ServiceCollection()
        .AddSingleton(TimeProvider.System)
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
        .AddConfiguredAuthorities(settings)
        .BuildServiceProvider();

    private static Command List(CommonOptions common)
    {
        var json = Listing.JsonOption();
        var command = new Command("list", "List all authorities, in the order in which they are asked.") { json };
        command.SetAction(async (parsed, _) =>
        {
            var settings = Settings.Read(common.SourceOf(parsed), out var faults);
            if (faults.Count > 0)
            {
                return StoreCommand.Fail(ExitCodes.Usage, faults);
            }

            await using var services = ServicesOf(settings);
            var kinds = services.GetServices<IExaminer>().DistinctBy(examiner => examiner.Name).ToDictionary(examiner => examiner.Name, examiner => examiner.Kind, StringComparer.Ordinal);
            string[] names = [Account.LocalAuthority, .. services.GetServices<IPasswordAuthority>().Select(authority => authority.Name).Order(StringComparer.Ordinal)];
            var order = settings.Authorities.Order.Count > 0 ? [.. settings.Authorities.Order] : names;
            Listing.Write(parsed.GetValue(json), names
                .OrderBy(name => (uint)Array.IndexOf(order, name))
                .Select(name => AuthorityView.Of(name, kinds.GetValueOrDefault(name, Account.LocalAuthority), Array.IndexOf(order, name))));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Test(CommonOptions common)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the authority." };
        var user = new Option<string?>("--user") { Description = "A name, as somebody would type it: shows whom it means, and what the groups give.", HelpName = "U" };
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read the user's password from standard input, and try it." };
        var json = Listing.JsonOption();
        var command = new Command("test", "Take the steps of a sign-in one by one, and show each.") { name, user, passwordStdin, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(passwordStdin) && result.GetValue(user) is null)
            {
                result.AddError("--password-stdin needs --user.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = Settings.Read(common.SourceOf(parsed), out var faults);
            if (faults.Count > 0)
            {
                return StoreCommand.Fail(ExitCodes.Usage, faults);
            }

            await using var services = ServicesOf(settings);
            if (services.GetServices<IAuthorityTrial>().FirstOrDefault(trial => trial.Name == parsed.GetValue(name)) is not { } trial)
            {
                return StoreCommand.Fail(ExitCodes.Refused, [$"No authority that can be tested is called '{TypedText.Escape(parsed.GetValue(name)!)}'; 'gatehouse authority list' shows them all."]);
            }

            string? password = null;
            if (parsed.GetValue(passwordStdin) && !StandardInput.TryReadPassword(out password, out var fault))
            {
                return StoreCommand.Fail(ExitCodes.Refused, [fault]);
            }

            return await Findings.WriteAsync(parsed.GetValue(json), trial.Name, trial.TryAsync(parsed.GetValue(user), password, cancellationToken));
        });
        return command;
    }
}

/// <summary>An authority as lists show it.</summary>
internal sealed record AuthorityView(IReadOnlyList<(string Name, object? Value)> Members) : IListed
{
    public static AuthorityView Of(string name, string kind, int position) => new([("name", name), ("kind", kind), ("order", position < 0 ? null : position + 1)]);
}
