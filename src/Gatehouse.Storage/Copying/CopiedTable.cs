namespace Gatehouse.Storage.Copying;

/// <summary>What a column holds, whatever a database calls that.</summary>
internal enum ColumnKind
{
    Text,
    Number,
    SmallNumber,
    Flag,
    Bytes,
    Numbers,
}

/// <summary>
/// A table as it is copied: the same columns from every kind of store. To add a column to a schema, add it here too: a test
/// holds both schemas against this list.
/// </summary>
internal sealed record CopiedTable(string Name, params (string Name, ColumnKind Kind)[] Columns)
{
    /// <summary>Settings, and the last number of every sequence; written last, when all rows are there.</summary>
    public static CopiedTable Settings { get; } = new("setting", ("name", ColumnKind.Text), ("value", ColumnKind.Number));

    /// <summary>Sessions, with what a refresh token turned into.</summary>
    public static CopiedTable Sessions { get; } = new(
        "session",
        ("id", ColumnKind.Bytes),
        ("token", ColumnKind.Bytes),
        ("kind", ColumnKind.SmallNumber),
        ("account_id", ColumnKind.Number),
        ("dialect", ColumnKind.Text),
        ("sequence", ColumnKind.Number),
        ("issued", ColumnKind.Number),
        ("expires", ColumnKind.Number),
        ("idle", ColumnKind.Number),
        ("last_used", ColumnKind.Number),
        ("source", ColumnKind.Text),
        ("seat", ColumnKind.Text),
        ("family", ColumnKind.Bytes),
        ("parent", ColumnKind.Bytes),
        ("client_id", ColumnKind.Number),
        ("label", ColumnKind.Text),
        ("tenants", ColumnKind.Numbers),
        ("attributes", ColumnKind.Text),
        ("ended", ColumnKind.Number),
        ("retention", ColumnKind.Number),
        ("used", ColumnKind.Number),
        ("successor", ColumnKind.Bytes),
        ("sealed", ColumnKind.Bytes));

    /// <summary>Wrong passwords per source.</summary>
    public static CopiedTable Sources { get; } = new("guess_source", ("key", ColumnKind.Text), ("count", ColumnKind.SmallNumber), ("since", ColumnKind.Number));

    /// <summary>All of them, in an order that their references allow.</summary>
    public static IReadOnlyList<CopiedTable> All { get; } =
    [
        new(
            "account",
            ("id", ColumnKind.Number),
            ("key", ColumnKind.Text),
            ("name", ColumnKind.Text),
            ("authority", ColumnKind.Text),
            ("password", ColumnKind.Text),
            ("password_version", ColumnKind.Number),
            ("enabled", ColumnKind.Flag),
            ("cutoff", ColumnKind.Number),
            ("roles", ColumnKind.SmallNumber),
            ("external_id", ColumnKind.Text),
            ("mapped_roles", ColumnKind.SmallNumber),
            ("verified", ColumnKind.Number)),
        new("tenant", ("id", ColumnKind.Number), ("key", ColumnKind.Text), ("name", ColumnKind.Text), ("internal_id", ColumnKind.Text), ("hidden", ColumnKind.Flag)),
        new("membership", ("account_id", ColumnKind.Number), ("tenant_id", ColumnKind.Number), ("granted", ColumnKind.Flag), ("mapped", ColumnKind.Flag)),
        Sessions,
        new("take_over", ("account_id", ColumnKind.Number), ("dialect", ColumnKind.Text), ("time", ColumnKind.Number)),
        new(
            "guess",
            ("key", ColumnKind.Text),
            ("count", ColumnKind.SmallNumber),
            ("delayed", ColumnKind.Number),
            ("locked", ColumnKind.Number),
            ("touched", ColumnKind.Number)),
        Sources,
        new(
            "audit",
            ("number", ColumnKind.Number),
            ("time", ColumnKind.Number),
            ("event", ColumnKind.Text),
            ("outcome", ColumnKind.Text),
            ("account", ColumnKind.Text),
            ("name", ColumnKind.Text),
            ("dialect", ColumnKind.Text),
            ("method", ColumnKind.Text),
            ("tenant", ColumnKind.Text),
            ("source", ColumnKind.Text),
            ("session", ColumnKind.Text),
            ("reason", ColumnKind.Text),
            ("details", ColumnKind.Text)),
        new(
            "signing_key",
            ("id", ColumnKind.Text),
            ("purpose", ColumnKind.Text),
            ("announced", ColumnKind.Number),
            ("active", ColumnKind.Number),
            ("retired", ColumnKind.Number),
            ("dead", ColumnKind.Number),
            ("material", ColumnKind.Bytes)),
        Settings,
    ];

    /// <summary>Names of the columns, with commas.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(column => column.Name));
}
