using System.Text;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.Micetro;

/// <summary>The command <c>web_getPreLoginInfo</c>: what a login page shows before anybody has signed in (MIC-111).</summary>
internal static class PreLoginInfo
{
    /// <summary>Answers it; whoever asks, and with whatever credential, gets the same (MIC-16).</summary>
    public static Task AnswerAsync(CommandCall call, MicetroOptions options, Func<string, Task> write) => call.Fault is { } fault ? call.RefuseAsync(fault) : write(Json(options));

    private static string Json(MicetroOptions options)
    {
        var preferences = options.Preferences;
        var json = new StringBuilder("{\"ssoEnabled\":").Append(preferences.AcceptsNegotiate ? '1' : '0');
        WireJson.AppendString(json.Append(",\"centralServer\":"), preferences.DefaultCentralServer);
        json.Append(",\"centralServerFixed\":").Append(preferences.LockToDefaultServer ? "true" : "false");
        WireJson.AppendString(json.Append(",\"version\":"), options.ReportedVersion);
        WireJson.AppendString(json.Append(",\"centralVersion\":"), options.ReportedVersion);
        return json.Append('}').ToString();
    }
}
