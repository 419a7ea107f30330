using Gatehouse.Storage.Tests.Conformance;

namespace Gatehouse.Storage.Tests.Sqlite;

public sealed class SqliteAccountTests() : AccountStoreConformance(new SqliteHarness());

public sealed class SqliteTenantTests() : TenantStoreConformance(new SqliteHarness());

public sealed class SqliteSessionTests() : SessionStoreConformance(new SqliteHarness());

public sealed class SqliteSessionEndTests() : SessionEndConformance(new SqliteHarness());

public sealed class SqliteSessionAdmissionTests() : SessionAdmissionConformance(new SqliteHarness());
