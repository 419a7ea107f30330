using System.Text;
using System.Text.Json;
using Gatehouse.Core.Sessions;
using Gatehouse.Dialects.Http;

namespace Gatehouse.Dialects.Repositories;

/// <summary>
/// What stands in the place of the password: a password, or a text that names a session (contract section 4). What is
/// a session form stays one however bad it is: it is never compared with a password.
/// </summary>
internal abstract record PasswordForm
{
    private const int MaximumDepth = 8;
    private const string SessionMember = "session";
    private const string SidMember = "sid";

    private PasswordForm()
    {
    }

    /// <summary>A password, to the letter.</summary>
    public sealed record Literal : PasswordForm;

    /// <summary>A token of the shape that the operator issues (REP-35).</summary>
    public sealed record Api : PasswordForm;

    /// <summary>A session, with its <c>sid</c> (new security) or without (old security).</summary>
    /// <param name="Id">What stands in <c>session</c>; of the right shape.</param>
    /// <param name="Sid">What stands in <c>sid</c>; null when there is no such member.</param>
    public sealed record Session(string Id, string? Sid) : PasswordForm
    {
        /// <summary>Nothing: both are secrets.</summary>
        public override string ToString() => nameof(Session);
    }

    /// <summary>A session form that breaks the rules of the form (REP-46 to REP-50).</summary>
    public sealed record BrokenSession : PasswordForm;

    /// <summary>Which form a password text has (REP-40 to REP-50).</summary>
    public static PasswordForm Of(string password)
    {
        if (ApiToken.HasShape(password))
        {
            return new Api();
        }

        var utf8 = Encoding.UTF8.GetBytes(password);
        return !NamesASession(utf8) ? new Literal() : ReadSession(utf8) ?? (PasswordForm)new BrokenSession();
    }

    /// <summary>Whether the whole text is one JSON object with a member <c>session</c> on its top level, by the grammar alone.</summary>
    private static bool NamesASession(ReadOnlySpan<byte> utf8)
    {
        // No text nests deeper than it is long: what is too deep is for the form to refuse, not for the grammar.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = utf8.Length + 1 });
        var found = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read())
            {
                found |= reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && IsSessionMember(ref reader);
            }

            return found;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsSessionMember(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.ValueTextEquals(SessionMember);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: some other name.
            return false;
        }
    }

    /// <summary>The form is closed: <c>session</c> once, <c>sid</c> at most once, both strings, nothing else.</summary>
    private static Session? ReadSession(ReadOnlySpan<byte> utf8)
    {
        string? session = null;
        string? sid = null;
        foreach (var member in JsonMembers.Read(utf8, MaximumDepth) ?? [])
        {
            if (member is { Name: SessionMember, Kind: JsonValueKind.String } && session is null)
            {
                session = member.Text;
            }
            else if (member is { Name: SidMember, Kind: JsonValueKind.String, Text.Length: > 0 } && sid is null)
            {
                sid = member.Text;
            }
            else
            {
                return null;
            }
        }

        return session is not null && SessionPair.HasShape(session) ? new Session(session, sid) : null;
    }
}
