using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Tests that share one OpenLDAP server, and do not stop it.</summary>
[CollectionDefinition(Name)]
public sealed class SlapdCollection : ICollectionFixture<SlapdServer>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "OpenLDAP";
}

/// <summary>
/// An OpenLDAP server on free loopback ports, with StartTLS and LDAPS by a certificate of the test's own authority, and
/// the overlays memberof and ppolicy.
/// </summary>
public sealed class SlapdServer : IAsyncLifetime
{
    /// <summary>Where people are.</summary>
    public const string People = "ou=people,dc=example,dc=org";

    /// <summary>Where groups are.</summary>
    public const string Groups = "ou=groups,dc=example,dc=org";

    /// <summary>The account that searches.</summary>
    public const string ServiceDn = "cn=search,dc=example,dc=org";

    /// <summary>Everybody's password.</summary>
    public const string Password = "Correct-Horse-7-Staple";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private readonly TemporaryDirectory _directory = new();
    private readonly bool _tls;
    private Process? _process;

    /// <summary>A server with TLS.</summary>
    public SlapdServer()
        : this(tls: true)
    {
    }

    /// <summary>A server, perhaps without TLS.</summary>
    internal SlapdServer(bool tls) => _tls = tls;

    /// <summary>The authority of its certificate.</summary>
    public TestAuthority Authority { get; } = new();

    /// <summary>The authority's certificate.</summary>
    public string CaFile => _directory.File("ca.pem");

    /// <summary>Port of <c>ldap://</c>.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Port of <c>ldaps://</c>.</summary>
    public int TlsPort { get; } = FreePort.Next();

    /// <summary>Address with StartTLS.</summary>
    public string Ldap => $"ldap://127.0.0.1:{Port}";

    /// <summary>Address with TLS.</summary>
    public string Ldaps => $"ldaps://127.0.0.1:{TlsPort}";

    /// <summary>Gives it this certificate from its next start on.</summary>
    public async Task ShowAsync((string Certificate, string Key) pair)
    {
        await File.WriteAllTextAsync(_directory.File("server.pem"), pair.Certificate);
        await File.WriteAllTextAsync(_directory.File("server.key"), pair.Key);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Authority.WriteTo(CaFile);
        await ShowAsync(Authority.Issue("127.0.0.1"));
        Directory.CreateDirectory(_directory.File("db"));
        await File.WriteAllTextAsync(_directory.File("slapd.conf"), Configuration());
        await File.WriteAllTextAsync(_directory.File("content.ldif"), Content());
        await RunAsync("slapadd", ["-f", _directory.File("slapd.conf"), "-l", _directory.File("content.ldif")]);
        await StartAsync();
        await ModifyAsync(GroupContent());
    }

    /// <summary>Starts it, or starts it again.</summary>
    public async Task StartAsync()
    {
        var addresses = _tls ? $"ldap://127.0.0.1:{Port}/ ldaps://127.0.0.1:{TlsPort}/" : $"ldap://127.0.0.1:{Port}/";
        _process = Process.Start(new ProcessStartInfo("slapd", ["-f", _directory.File("slapd.conf"), "-h", addresses, "-d", "0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var deadline = Stopwatch.StartNew();
        while (!await IsListeningAsync(_tls ? TlsPort : Port))
        {
            if (_process.HasExited || deadline.Elapsed > LongestStart)
            {
                throw new InvalidOperationException("slapd did not start.");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Stops it at once.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>Lets it hang without an end: connections are taken by the system, and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Changes its content.</summary>
    public Task ModifyAsync(string ldif) => RunAsync("ldapmodify", ["-a", "-x", "-H", $"ldap://127.0.0.1:{Port}", "-D", "cn=admin,dc=example,dc=org", "-w", Password, "-f", Written(ldif)]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Authority.Dispose();
        _directory.Dispose();
    }

    private string Written(string ldif)
    {
        var file = _directory.File("change.ldif");
        File.WriteAllText(file, ldif);
        return file;
    }

    private Task SignalAsync(string signal) => RunAsync("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);

    private static async Task RunAsync(string command, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{command} failed: {await output}{errors}");
        }
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string Configuration() => $"""
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        include /etc/ldap/schema/nis.schema
        modulepath /usr/lib/ldap
        moduleload back_mdb
        moduleload ppolicy
        moduleload memberof
        pidfile {_directory.File("slapd.pid")}
        argsfile {_directory.File("slapd.args")}
        {(_tls ? $"TLSCertificateFile {_directory.File("server.pem")}\nTLSCertificateKeyFile {_directory.File("server.key")}\nTLSCACertificateFile {CaFile}" : "")}
        database mdb
        suffix "dc=example,dc=org"
        rootdn "cn=admin,dc=example,dc=org"
        rootpw {Password}
        directory {_directory.File("db")}
        access to attrs=userPassword by anonymous auth by * none
        access to dn.subtree="dc=example,dc=org" by dn.exact="{ServiceDn}" read by self read by anonymous auth by * none
        overlay memberof
        overlay ppolicy
        ppolicy_default "cn=default,dc=example,dc=org"
        ppolicy_use_lockout

        """;

    private static string Content()
    {
        var people = string.Concat(
            new (string Rdn, string Uid, string More)[]
            {
                ("alice", "alice", "mail: alice@mail.test\n"), ("bob", "bob", ""), ("carol", "carol", "mail: shared@mail.test\n"), ("dave", "dave", "mail: shared@mail.test\n"),
                ("Grüße", "Grüße", ""), ("pat\\2C o'neil\\2Bx", "pat, o'neil+x", ""), ("reset", "reset", "pwdReset: TRUE\n"),
                ("old", "old", "pwdPolicySubentry: cn=short,dc=example,dc=org\npwdChangedTime: 20200101000000Z\n"),
                ("shut", "shut", "pwdAccountLockedTime: 000001010000Z\n"), ("admin", "admin", ""),
            }
            .Select(person => $"\ndn:: {Base64($"uid={person.Rdn},{People}")}\nobjectClass: inetOrgPerson\ncn: x\nsn: x\nuid:: {Base64(person.Uid)}\nuserPassword: {Password}\n{person.More}"));
        return $"""
            dn: dc=example,dc=org
            objectClass: dcObject
            objectClass: organization
            o: Example
            dc: example

            dn: {People}
            objectClass: organizationalUnit
            ou: people

            dn: {Groups}
            objectClass: organizationalUnit
            ou: groups

            dn: ou=machines,dc=example,dc=org
            objectClass: organizationalUnit
            ou: machines

            dn: {ServiceDn}
            objectClass: organizationalRole
            objectClass: simpleSecurityObject
            cn: search
            userPassword: {Password}

            dn: cn=default,dc=example,dc=org
            objectClass: organizationalRole
            objectClass: pwdPolicy
            cn: default
            pwdAttribute: userPassword
            pwdMustChange: TRUE
            pwdLockout: TRUE
            pwdMaxFailure: 0

            dn: cn=short,dc=example,dc=org
            objectClass: organizationalRole
            objectClass: pwdPolicy
            cn: short
            pwdAttribute: userPassword
            pwdMaxAge: 60

            dn: uid=printer,ou=machines,dc=example,dc=org
            objectClass: inetOrgPerson
            cn: x
            sn: x
            uid: printer
            userPassword: {Password}
            {people}
            """;
    }

    // Added to the running server: the overlay that keeps memberOf looks at changes only.
    private static string GroupContent() => $"""
            dn: cn=ops,{Groups}
            objectClass: groupOfNames
            cn: ops
            member: uid=alice,{People}

            dn: cn=inner,{Groups}
            objectClass: groupOfNames
            cn: inner
            member: uid=bob,{People}

            dn: cn=outer,{Groups}
            objectClass: groupOfNames
            cn: outer
            member: cn=inner,{Groups}

            dn: cn=posix,{Groups}
            objectClass: posixGroup
            cn: posix
            gidNumber: 1000
            memberUid: carol

            """;

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
