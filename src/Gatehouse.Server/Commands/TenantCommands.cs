using System.CommandLine;
using Gatehouse.Core.Operator;
using Gatehouse.Core.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.Server.Commands;

/// <summary><c>gatehouse tenant</c></summary>
internal static class TenantCommands
{
    public static Command Create(StoreCommand store)
    {
        var command = new Command("tenant", "Tenants: repositories, cohorts, tenantNames.");
        command.Subcommands.Add(Add(store));
        command.Subcommands.Add(List(store));
        command.Subcommands.Add(Remove(store));
        return command;
    }

    private static Command Add(StoreCommand store)
    {
        var name = NameArgument();
        var id = new Option<string?>("--id") { Description = "The name that a product shows instead; default a GUID.", HelpName = "INTERNAL-ID" };
        var hidden = new Option<bool>("--hidden") { Description = "Leave it out of public lists." };
        var command = new Command("add", "Make a tenant.") { name, id, hidden };
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
            services.GetRequiredService<TenantAdministration>().AddAsync(parsed.GetValue(name)!, parsed.GetValue(id), parsed.GetValue(hidden), cancellationToken)));
        return command;
    }

    private static Command List(StoreCommand store)
    {
        var json = Listing.JsonOption();
        var command = new Command("list", "List all tenants.") { json };
        command.SetAction(store.Running(async (parsed, services, cancellationToken) =>
        {
            var tenants = await services.GetRequiredService<IStore>().Tenants.ListAsync(cancellationToken);
            Listing.Write(parsed.GetValue(json), tenants.Select(TenantView.Of));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Remove(StoreCommand store)
    {
        var name = NameArgument();
        var command = new Command("remove", "Remove a tenant, its memberships and its sessions.") { name };
        command.SetAction(store.Doing((parsed, services, cancellationToken) =>
            services.GetRequiredService<TenantAdministration>().RemoveAsync(parsed.GetValue(name)!, cancellationToken)));
        return command;
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "Name of the tenant." };
}
