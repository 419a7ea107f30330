using System.Text.Json;
using Gatehouse.Core;
using Gatehouse.Core.Accounts;
using Gatehouse.Core.Audit;
using Gatehouse.Core.Guessing;
using Gatehouse.Core.Sessions;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The command <c>Login</c>, in every wrapping and at <c>micetro/sessions</c>: a name and a password, or a header, for a session (contract section 2).</summary>
internal sealed class MicetroLogin(PasswordDoor passwords, MicetroAuthenticator authenticator, SessionDesk desk, AuditTrail audit, MicetroOptions options, TimeProvider clock)
{
    // Long enough to tell an ended session from an unknown one in the audit (MIC-136).
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    /// <summary>
    /// Answers a Login: 1. the URL; 2. the parameters themselves; 3. single sign-on; 4. the parameters decide if there
    /// are any, else the header; 5. a session.
    /// </summary>
    public async Task HandleAsync(CommandCall call)
    {
        var now = clock.GetUtcNow();
        var server = call.Parameters[ParameterNames.Server]?.Text;
        var record = SignInRecord.Of(call.Context, now, call.Wrapping, SignInMethods.SessionParameter) with { Server = server };
        if (!options.AllowPasswordInUrl && (call.Query.Has(ParameterNames.LoginName) || call.Query.Has(ParameterNames.Password)))
        {
            await call.RefuseAsync(passwords.Refuse(record, MicetroReasons.PasswordInUrl, MicetroError.PasswordInUrl));
            return;
        }

        if ((call.Fault ?? FaultOf(call)) is { } fault)
        {
            await call.RefuseAsync(fault);
            return;
        }

        try
        {
            await DecideAsync(call, record);
        }
        catch (StoreUnavailableException)
        {
            audit.Post(record.Event(AuditOutcomes.Unavailable, null, AuditReasons.Unavailable));
            throw;
        }
    }

    /// <summary>MIC-23, MIC-26, MIC-31, MIC-32: what is missing, of the wrong type, or does not go together.</summary>
    private MicetroError? FaultOf(CommandCall call)
    {
        var (name, password) = (call.Parameters[ParameterNames.LoginName], call.Parameters[ParameterNames.Password]);
        call.Parameters.TryReadSwitch(ParameterNames.SingleSignOn, out var singleSignOn);
        return true switch
        {
            _ when singleSignOn && (name is not null || password is not null) => MicetroError.SingleSignOnExcludes,
            _ when singleSignOn && !options.Preferences.AcceptsNegotiate => MicetroError.SingleSignOnNotEnabled,
            _ when name is { Kind: not JsonValueKind.String } => MicetroError.MustBeAString(ParameterNames.LoginName),
            _ when password is { Kind: not JsonValueKind.String } => MicetroError.MustBeAString(ParameterNames.Password),
            _ when name is null && password is not null => MicetroError.Missing(ParameterNames.LoginName),
            _ when name is not null && password is null => MicetroError.Missing(ParameterNames.Password),
            _ => null,
        };
    }

    private async Task DecideAsync(CommandCall call, SignInRecord record)
    {
        var parameters = call.Parameters;
        if (parameters[ParameterNames.LoginName]?.Text is { } name && parameters[ParameterNames.Password]?.Text is { } password)
        {
            await LogInByParametersAsync(call, record with { Name = name }, name, password);
            return;
        }

        parameters.TryReadSwitch(ParameterNames.SingleSignOn, out var singleSignOn);
        var credential = MicetroCredential.Read(call.Context.Request, options.Preferences);
        switch (credential)
        {
            case MicetroCredential.Negotiate leg:
                await LogInByHandshakeAsync(call, record, leg.Token);
                return;
            case var _ when singleSignOn:
                // Basic and Bearer do not count here (MIC-30).
                await call.RefuseAsync(MicetroError.StartHandshake);
                return;
            case MicetroCredential.Basic basic:
                await LogInByHeaderAsync(call, record with { Name = basic.Credentials?.Name, Method = SignInMethods.PasswordBasic }, basic.Credentials);
                return;
            case MicetroCredential.Bearer:
                // A token never buys another token (MIC-22).
                await call.RefuseAsync(MicetroError.Missing(ParameterNames.LoginName));
                return;
            default:
                await call.RefuseAsync(call.Wrapping.NobodySignsIn);
                return;
        }
    }

    private async Task LogInByParametersAsync(CommandCall call, SignInRecord record, string name, string password)
    {
        if (IsUnknownCentral(call))
        {
            await call.RefuseAsync(passwords.Refuse(record, MicetroReasons.UnknownCentral, MicetroError.UnknownCentral));
            return;
        }

        var (accepted, error) = await passwords.CheckAsync(call.Context, record, name, password, Challenges.Bearer);
        await (accepted is null ? call.RefuseAsync(error!) : AdmitAsync(call, record, accepted.Account, Challenges.Bearer));
    }

    private async Task LogInByHeaderAsync(CommandCall call, SignInRecord record, BasicCredentials? credentials)
    {
        if (credentials is not null && IsUnknownCentral(call))
        {
            await call.RefuseAsync(passwords.Refuse(record, MicetroReasons.UnknownCentral, MicetroError.UnknownCentral));
            return;
        }

        var (caller, error) = await authenticator.CheckBasicAsync(call.Context, call.Wrapping, credentials, record.Server, isLogin: true);
        await (caller is null ? call.RefuseAsync(error!) : AdmitAsync(call, record, caller.Account, Challenges.All));
    }

    /// <summary>A leg of a handshake for a session (MIC-20, MIC-30, MIC-68).</summary>
    private async Task LogInByHandshakeAsync(CommandCall call, SignInRecord record, byte[]? token)
    {
        if (token is not null && IsUnknownCentral(call))
        {
            await call.RefuseAsync(passwords.Refuse(record, MicetroReasons.UnknownCentral, MicetroError.UnknownCentral));
            return;
        }

        var (caller, error) = await authenticator.CheckHandshakeAsync(call.Context, call.Wrapping, token, record.Server, isLogin: true);
        if (caller is null)
        {
            await call.RefuseAsync(error!);
            return;
        }

        await AdmitAsync(call, record with { Name = caller.Principal, Method = caller.Method }, caller.Account, Challenges.All);
    }

    /// <summary>MIC-108, MIC-109.</summary>
    private bool IsUnknownCentral(CommandCall call) =>
        call.Parameters[ParameterNames.Server] is { } server && !options.Preferences.KnowsCentral(server.Kind == JsonValueKind.String ? server.Text : null);

    private async Task AdmitAsync(CommandCall call, SignInRecord record, Account account, Challenges challenges)
    {
        var id = SessionId.Draw();
        var session = new Session
        {
            Id = PublicId.New(record.Time),
            Token = TokenHash.Of(id),
            Kind = SessionKind.Session,
            AccountId = account.Id,
            Dialect = MicetroDialect.Id,
            Issued = record.Time,
            LastUsed = record.Time,
            Expires = record.Time.AddSeconds(options.SessionLifetimeSeconds),
            IdleTimeout = TimeSpan.FromSeconds(options.SessionIdleSeconds),
            Source = CallerSource.TextOf(record.Source),
            Retention = Retention,
        };
        var conditions = new SessionConditions
        {
            PasswordVersion = account.PasswordVersion,
            MaximumPerAccount = options.MaxSessionsPerAccount == 0 ? null : options.MaxSessionsPerAccount,
        };
        var outcome = await desk.IssueAsync(
            session,
            conditions,
            admission => admission switch
            {
                SessionAdmission.Added => record.Event(AuditOutcomes.Accepted, account, null, session.Id),
                SessionAdmission.TooMany => record.Event(AuditOutcomes.Refused, account, MicetroReasons.TooManySessions),
                _ => record.Event(AuditOutcomes.Refused, account, AuditReasons.Disabled),
            },
            call.Context.RequestAborted);
        await (outcome switch
        {
            SessionAdmission.Added => call.Wrapping.WriteSessionAsync(call.Context, id, record.Name),
            SessionAdmission.TooMany => call.RefuseAsync(MicetroError.TooManySessions),
            _ => call.RefuseAsync(MicetroError.BadCredentials(challenges)),
        });
    }
}
