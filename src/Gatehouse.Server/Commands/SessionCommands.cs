using System.CommandLine;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse session</c> and <c>gatehouse token</c></summary>
internal static class SessionCommands
{
    private const string Never = "never";

    public static Command CreateSession(StoreCommand store)
    {
        var command = new Command("session", "Live sessions.");
        command.Subcommands.Add(List(store));
        command.Subcommands.Add(Revoke(store));
        return command;
    }

    public static Command CreateToken(StoreCommand store)
    {
        var command = new Command("token", "API tokens.");
        command.Subcommands.Add(Issue(store));
        command.Subcommands.Add(ListTokens(store));
        command.Subcommands.Add(RevokeToken(store));
        return command;
    }

    private static Command List(StoreCommand store)
    {
        var account = new Option<string?>("--account") { Description = "Of this account.", HelpName = "NAME" };
        var dialect = new Option<string?>("--dialect") { Description = "Of this dialect.", HelpName = "D" };
        var json = Listing.JsonOption();
        var command = new Command("list", "List live sessions.") { account, dialect, json };
        command.SetAction(store.Doing(async (parsed, services, cancellationToken) =>
        {
            var filter = new SessionFilter { Dialect = parsed.GetValue(dialect) };
            if (parsed.GetValue(account) is { } name)
            {
                if (await services.GetRequiredService<AccountAdministration>().FindAsync(name, cancellationToken) is not { } found)
                {
                    return AccountAdministration.NoAccount(name);
                }

                filter = filter with { AccountId = found.Id };
            }

            var sessions = await services.GetRequiredService<SessionAdministration>().ListAsync(filter, cancellationToken);
            Listing.Write(parsed.GetValue(json), sessions.Where(listed => listed.Session.Kind != SessionKind.ApiToken).Select(SessionView.Of));
            return OperatorResult.Done;
        }));
        return command;
    }

    private static Command Revoke(StoreCommand store)
    {
        var id = new Argument<string?>("ID") { Description = "Public id of one session.", Arity = ArgumentArity.ZeroOrOne };
        var account = new Option<string?>("--account") { Description = "Everything of this account.", HelpName = "NAME" };
        var all = new Option<bool>("--all") { Description = "Everything of everybody." };
        var command = new Command("revoke", "End sessions at once.") { id, account, all };
        command.Validators.Add(result =>
        {
            var given = (result.GetValue(id) is null ? 0 : 1) + (result.GetValue(account) is null ? 0 : 1) + (result.GetValue(all) ? 1 : 0);
            if (given != 1)
            {
                result.AddError("Give an ID, --account NAME or --all, and only one of them.");
            }
        });
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
        {
            var sessions = services.GetRequiredService<SessionAdministration>();
            return parsed.GetValue(all) ? sessions.RevokeAllAsync(cancellationToken)
                : parsed.GetValue(account) is { } name ? sessions.RevokeAccountAsync(name, cancellationToken)
                : sessions.RevokeAsync(parsed.GetValue(id)!, apiTokensOnly: false, cancellationToken);
        }));
        return command;
    }

    private static Command Issue(StoreCommand store)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the account." };
        var expires = new Option<string?>("--expires") { Description = $"How long it lives: {Durations.Form}, or never (default).", HelpName = "30d|never" };
        var tenants = new Option<string[]>("--tenant") { Description = "Open this tenant only; may be given several times.", HelpName = "T", DefaultValueFactory = _ => [] };
        var label = new Option<string?>("--label") { Description = "Words of your own, for lists.", HelpName = "TEXT" };
        expires.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && text != Never && !Durations.TryRead(text, out _))
            {
                result.AddError($"--expires takes {Durations.Form}, or never.");
            }
        });
        var command = new Command("issue", "Issue an API token; prints it once and nothing else.") { name, expires, tenants, label };
        command.SetAction(store.Doing(async (parsed, services, cancellationToken) =>
        {
            TimeSpan? lifetime = parsed.GetValue(expires) is { } text && Durations.TryRead(text, out var duration) ? duration : null;
            var (result, token) = await services.GetRequiredService<SessionAdministration>()
                .IssueTokenAsync(parsed.GetValue(name)!, lifetime, parsed.GetValue(tenants)!, parsed.GetValue(label), cancellationToken);
            if (token is not null)
            {
                Console.Out.Write(token + "\n");
            }

            return result;
        }));
        return command;
    }

    private static Command ListTokens(StoreCommand store)
    {
        var json = Listing.JsonOption();
        var command = new Command("list", "List live API tokens.") { json };
        command.SetAction(store.Running(async (parsed, services, cancellationToken) =>
        {
            var tokens = await services.GetRequiredService<SessionAdministration>().ListAsync(new SessionFilter { Kind = SessionKind.ApiToken }, cancellationToken);
            Listing.Write(parsed.GetValue(json), tokens.Select(SessionView.Of));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command RevokeToken(StoreCommand store)
    {
        var id = new Argument<string>("ID") { Description = "Public id of the token." };
        var command = new Command("revoke", "End an API token at once.") { id };
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
            services.GetRequiredService<SessionAdministration>().RevokeAsync(parsed.GetValue(id)!, apiTokensOnly: true, cancellationToken)));
        return command;
    }
}
