using System.CommandLine;
using Gatehouse.Server.Commands;

var common = new CommonOptions();
var store = new StoreCommand(common);
var root = new RootCommand("Gatehouse: one door for API callers. Without a command, runs the server.")
{
    common.Config, common.Data, common.Store, common.Urls,
};
root.SetAction((parsed, cancellationToken) => ServeCommand.RunAsync(common.SourceOf(parsed, withUrls: true), cancellationToken));
root.Subcommands.Add(ServeCommand.Create(common));
root.Subcommands.Add(AccountCommands.Create(store));
root.Subcommands.Add(TenantCommands.Create(store));
root.Subcommands.Add(SessionCommands.CreateToken(store));
root.Subcommands.Add(SessionCommands.CreateSession(store));
root.Subcommands.Add(AuditCommand.Create(store));
root.Subcommands.Add(StoreCommands.Create(store, common));
root.Subcommands.Add(AuthorityCommands.Create(common));
root.Subcommands.Add(DoctorCommand.Create(common));

var parsed = root.Parse(args);
return parsed.Errors.Count > 0
    ? StoreCommand.Fail(ExitCodes.Usage, parsed.Errors.Select(error => error.Message))
    : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
