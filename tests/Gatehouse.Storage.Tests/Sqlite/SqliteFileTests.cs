using Gatehouse.Core.Stores;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Storage.Tests.Sqlite;

/// <summary>The file itself: who may read it, and what is said when it is none.</summary>
public sealed class SqliteFileTests : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _directory = new();
    private readonly SqliteTestFile _file;

    public SqliteFileTests() => _file = new SqliteTestFile(_directory.File("gatehouse.db"));

    [Fact]
    public async Task Database_and_its_side_files_belong_to_the_owner_alone()
    {
        var store = await _file.OpenAsync();
        await SqliteTestFile.AddAsync(store, "alice");

        var modes = Directory.GetFiles(_directory.Path).ToDictionary(file => Path.GetFileName(file), File.GetUnixFileMode, StringComparer.Ordinal);

        modes.Keys.ShouldBe(["gatehouse.db", "gatehouse.db-shm", "gatehouse.db-wal"], ignoreOrder: true);
        modes.Values.ShouldAllBe(mode => mode == OwnerOnly);
    }

    [Fact]
    public async Task File_that_is_no_database_is_refused_with_a_remedy()
    {
        await File.WriteAllTextAsync(_file.Path, new string('x', 8192));

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => _file.OpenAsync());

        exception.Message.ShouldBe("The store gatehouse.db is damaged or no SQLite file; restore it from a backup.");
    }

    [Fact]
    public async Task File_in_a_directory_that_does_not_exist_is_refused_without_its_path()
    {
        await using var file = new SqliteTestFile(_directory.File("nowhere/gatehouse.db"));

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => file.OpenAsync());

        exception.Message.ShouldContain("check that its directory exists");
        exception.Message.ShouldNotContain(_directory.Path);
    }

    [Fact]
    public async Task Fault_of_a_statement_names_no_value()
    {
        var store = await _file.OpenAsync();
        var account = SqliteTestFile.NewAccount("alice") with { PasswordHash = "a-hash-that-nobody-shall-see" };

        var exception = await Should.ThrowAsync<Exception>(() => store.Accounts.AddAsync(account, SqliteTestFile.Event() with { Outcome = null! }, default).AsTask());

        exception.ToString().ShouldNotContain("a-hash-that-nobody-shall-see");
        exception.Message.ShouldNotContain(_directory.Path);
    }

    [Fact]
    [Contract("HTT-107")]
    public async Task No_file_holds_a_token_in_the_clear()
    {
        const string Token = "ght_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
        var store = await _file.OpenAsync();
        var account = (await SqliteTestFile.AddAsync(store, "alice")).ShouldNotBeNull();
        var now = new ManualClock().GetUtcNow();
        await store.Sessions.AddAsync(
            new Core.Sessions.Session { Id = Core.PublicId.New(now), Token = Core.Sessions.TokenHash.Of(Token), Kind = Core.Sessions.SessionKind.ApiToken, AccountId = account.Id, Issued = now, LastUsed = now },
            new SessionConditions(),
            _ => SqliteTestFile.Event(),
            default);

        foreach (var file in Directory.GetFiles(_directory.Path))
        {
            // The store holds its files open.
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            (await reader.ReadToEndAsync()).ShouldNotContain(Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _directory.Dispose();
    }
}
