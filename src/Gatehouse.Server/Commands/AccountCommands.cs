using System.CommandLine;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Gatehouse.Core.Text;
using Gatehouse.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse account</c></summary>
internal static class AccountCommands
{
    public static Command Create(StoreCommand store)
    {
        var command = new Command("account", "Accounts: who may enter.");
        command.Subcommands.Add(Add(store));
        command.Subcommands.Add(Password(store));
        command.Subcommands.Add(Grants(store, "grant", "Grant memberships and roles.", (accounts, name, tenants, roles, token) => accounts.GrantAsync(name, tenants, roles, token)));
        command.Subcommands.Add(Grants(store, "withdraw", "Take memberships and roles away.", (accounts, name, tenants, roles, token) => accounts.WithdrawAsync(name, tenants, roles, token)));
        command.Subcommands.Add(ByName(store, "disable", "Disable an account and end everything of it.", (accounts, name, token) => accounts.DisableAsync(name, token)));
        command.Subcommands.Add(ByName(store, "enable", "Enable an account.", (accounts, name, token) => accounts.EnableAsync(name, token)));
        command.Subcommands.Add(ByName(store, "unlock", "End the delay or lock of an account.", (accounts, name, token) => accounts.UnlockAsync(name, token)));
        command.Subcommands.Add(ByName(store, "remove", "Remove an account and end everything of it.", (accounts, name, token) => accounts.RemoveAsync(name, token)));
        command.Subcommands.Add(List(store));
        command.Subcommands.Add(Show(store));
        return command;
    }

    private static Command Add(StoreCommand store)
    {
        var (name, tenants, roles) = (NameArgument(), TenantOption(), RoleOption());
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read its password from standard input; without it, no password signs it in." };
        var authority = new Option<string>("--authority") { Description = "Who answers for its password; default local.", HelpName = "NAME", DefaultValueFactory = _ => Account.LocalAuthority };
        var command = new Command("add", "Make an account.") { name, passwordStdin, tenants, roles, authority };
        command.SetAction(store.Doing(async (parsed, services, cancellationToken) =>
        {
            var known = services.GetRequiredService<Settings>().AuthorityNames;
            if (!known.Contains(parsed.GetValue(authority)!, StringComparer.Ordinal))
            {
                return OperatorResult.Refused($"No authority is called '{TypedText.Escape(parsed.GetValue(authority)!)}'; there are {string.Join(", ", known)}.");
            }

            string? password = null;
            if (parsed.GetValue(passwordStdin) && !StandardInput.TryReadPassword(out password, out var fault))
            {
                return OperatorResult.Refused(fault);
            }

            return await services.GetRequiredService<AccountAdministration>()
                .AddAsync(parsed.GetValue(name)!, password, parsed.GetValue(tenants)!, parsed.GetValue(roles)!, cancellationToken, parsed.GetValue(authority)!);
        }));
        return command;
    }

    private static Command Password(StoreCommand store)
    {
        var name = NameArgument();
        var passwordStdin = new Option<bool>("--password-stdin") { Description = "Read the new password from standard input (there is no other way)." };
        var command = new Command("password", "Set a new password and end everything that was issued before.") { name, passwordStdin };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(passwordStdin))
            {
                result.AddError("Give --password-stdin, and write the password to standard input.");
            }
        });
        command.SetAction(store.Doing(async (parsed, services, cancellationToken) => StandardInput.TryReadPassword(out var password, out var fault)
            ? await services.GetRequiredService<AccountAdministration>().SetPasswordAsync(parsed.GetValue(name)!, password, cancellationToken)
            : OperatorResult.Refused(fault)));
        return command;
    }

    private static Command Grants(
        StoreCommand store,
        string verb,
        string description,
        Func<AccountAdministration, string, string[], string[], CancellationToken, ValueTask<OperatorResult>> change)
    {
        var (name, tenants, roles) = (NameArgument(), TenantOption(), RoleOption());
        var command = new Command(verb, description) { name, tenants, roles };
        command.Validators.Add(result =>
        {
            if (result.GetValue(tenants) is not { Length: > 0 } && result.GetValue(roles) is not { Length: > 0 })
            {
                result.AddError("Name at least one --tenant or --role.");
            }
        });
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
            change(services.GetRequiredService<AccountAdministration>(), parsed.GetValue(name)!, parsed.GetValue(tenants)!, parsed.GetValue(roles)!, cancellationToken)));
        return command;
    }

    private static Command ByName(
        StoreCommand store, string verb, string description, Func<AccountAdministration, string, CancellationToken, ValueTask<OperatorResult>> change)
    {
        var name = NameArgument();
        var command = new Command(verb, description) { name };
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
            change(services.GetRequiredService<AccountAdministration>(), parsed.GetValue(name)!, cancellationToken)));
        return command;
    }

    private static Command List(StoreCommand store)
    {
        var (json, search) = (Listing.JsonOption(), new Option<string>("--search") { Description = "Only names that contain this, in any letter case.", HelpName = "TEXT", DefaultValueFactory = _ => "" });
        var command = new Command("list", "List all accounts.") { json, search };
        command.SetAction(store.Running(async (parsed, services, cancellationToken) =>
        {
            var accounts = services.GetRequiredService<IStore>().Accounts.ListAllAsync(CanonicalName.KeyOf(parsed.GetValue(search)!), cancellationToken);
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            await Listing.WriteAsync(parsed.GetValue(json), accounts.Select(account => AccountView.Of(account, now)), cancellationToken);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Show(StoreCommand store)
    {
        var (name, json) = (NameArgument(), Listing.JsonOption());
        var command = new Command("show", "Show one account.") { name, json };
        command.SetAction(store.Doing(async (parsed, services, cancellationToken) =>
        {
            var account = await services.GetRequiredService<AccountAdministration>().FindAsync(parsed.GetValue(name)!, cancellationToken);
            if (account is null)
            {
                return AccountAdministration.NoAccount(parsed.GetValue(name)!);
            }

            Listing.WriteOne(parsed.GetValue(json), AccountView.Of(account, services.GetRequiredService<TimeProvider>().GetUtcNow()));
            return OperatorResult.Done;
        }));
        return command;
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "Name of the account." };

    private static Option<string[]> TenantOption() => new("--tenant") { Description = "Name of a tenant; may be given several times.", HelpName = "T", DefaultValueFactory = _ => [] };

    private static Option<string[]> RoleOption() => new("--role") { Description = "administrator, client, global or impersonator; may be given several times.", HelpName = "R", DefaultValueFactory = _ => [] };
}
