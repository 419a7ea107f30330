using Gatehouse.Storage.Tests.Conformance;

namespace Gatehouse.Storage.Tests.Sqlite;

public sealed class SqliteAccountTests() : AccountStoreConformance(new SqliteHarness());

public sealed class SqliteExternalAccountTests() : ExternalAccountConformance(new SqliteHarness());

public sealed class SqliteTenantTests() : TenantStoreConformance(new SqliteHarness());

public sealed class SqliteSessionTests() : SessionStoreConformance(new SqliteHarness());

public sealed class SqliteSessionEndTests() : SessionEndConformance(new SqliteHarness());

public sealed class SqliteDerivedSessionTests() : DerivedSessionConformance(new SqliteHarness());

public sealed class SqliteSessionAdmissionTests() : SessionAdmissionConformance(new SqliteHarness());

public sealed class SqliteRotationTests() : RotationConformance(new SqliteHarness());

public sealed class SqliteGuessTests() : GuessStoreConformance(new SqliteHarness());

public sealed class SqliteAuditTests() : AuditStoreConformance(new SqliteHarness());

public sealed class SqliteKeyTests() : KeyStoreConformance(new SqliteHarness());

public sealed class SqliteChangeFeedTests() : ChangeFeedConformance(new SqliteHarness());
