using Gatehouse.Storage.Tests.Conformance;

namespace Gatehouse.Storage.Tests.Postgres;

public sealed class PostgresAccountTests() : AccountStoreConformance(new PostgresHarness());

public sealed class PostgresTenantTests() : TenantStoreConformance(new PostgresHarness());

public sealed class PostgresExternalAccountTests() : ExternalAccountConformance(new PostgresHarness());

public sealed class PostgresSessionTests() : SessionStoreConformance(new PostgresHarness());

public sealed class PostgresSessionEndTests() : SessionEndConformance(new PostgresHarness());

public sealed class PostgresSessionAdmissionTests() : SessionAdmissionConformance(new PostgresHarness());

public sealed class PostgresDerivedSessionTests() : DerivedSessionConformance(new PostgresHarness());

public sealed class PostgresRotationTests() : RotationConformance(new PostgresHarness());

public sealed class PostgresGuessTests() : GuessStoreConformance(new PostgresHarness());

public sealed class PostgresAuditTests() : AuditStoreConformance(new PostgresHarness());

public sealed class PostgresKeyTests() : KeyStoreConformance(new PostgresHarness());

public sealed class PostgresChangeFeedTests() : ChangeFeedConformance(new PostgresHarness());
