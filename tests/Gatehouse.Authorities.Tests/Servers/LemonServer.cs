using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gatehouse.Testing;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>
/// LemonLDAP::NG as Debian ships it: an OpenID provider with its demonstration accounts (<c>dwho</c>, <c>rtyler</c>; the password is the
/// name), under starman with TLS. It has a password grant and introspection, and no revocation endpoint.
/// </summary>
internal sealed class LemonServer : IAsyncDisposable
{
    public const string Secret = "llng-client-secret-4711";

    private readonly TemporaryDirectory _directory = new();
    private readonly SsoCertificates _certificates = new();

    private LemonServer(int port)
    {
        Issuer = $"https://localhost:{port}";
        var (certificate, key) = _certificates.Write(_directory.Path, "localhost");
        CaFile = _directory.File("ca.crt");
        File.WriteAllText(CaFile, _certificates.RootPem);
        Configure();
        Process = new SsoProcess(
            "starman",
            ["--listen", $"127.0.0.1:{port}:ssl", "--enable-ssl", "--ssl-key", key, "--ssl-cert", certificate, "--workers", "2", _directory.File("app.psgi")],
            port,
            new Dictionary<string, string> { ["LLNG_DEFAULTCONFFILE"] = _directory.File("lemonldap-ng.ini") });
    }

    public string Issuer { get; }

    public string CaFile { get; }

    public SsoProcess Process { get; }

    public static async Task<LemonServer> StartAsync()
    {
        var server = new LemonServer(SsoProcess.FreePort());
        await server.Process.StartAsync();
        return server;
    }

    public (string Name, string Value)[] Options(string authority, params (string Name, string Value)[] more)
    {
        (string Name, string Value)[] own = [("Issuer", Issuer), ("ClientId", "gatehouse"), ("ClientSecret", Secret), ("CaFile", CaFile), ("Scope", "openid profile gate"), ("TimeoutSeconds", "5")];
        return [.. own.Concat(more).Select(option => ($"Authorities:Sso:{authority}:{option.Name}", option.Value))];
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _certificates.Dispose();
        _directory.Dispose();
    }

    private void Configure()
    {
        foreach (var name in new[] { "conf", "sessions", "psessions", "notifications", "cache" })
        {
            Directory.CreateDirectory(_directory.File(name));
        }

        using var key = RSA.Create(2048);
        JsonObject Storage(string name) => new() { ["Directory"] = _directory.File(name), ["LockDirectory"] = _directory.File(name), ["generateModule"] = "Lemonldap::NG::Common::Apache::Session::Generate::SHA256" };
        var configuration = JsonNode.Parse(File.ReadAllText("/var/lib/lemonldap-ng/conf/lmConf-1.json"))!.AsObject();
        foreach (var (name, value) in new JsonObject
        {
            ["cfgNum"] = 1,
            ["portal"] = Issuer + "/",
            ["domain"] = "localhost",
            ["securedCookie"] = 1,
            ["authentication"] = "Demo",
            ["userDB"] = "Same",
            ["passwordDB"] = "Demo",
            ["registerDB"] = "Null",
            ["globalStorage"] = "Apache::Session::File",
            ["globalStorageOptions"] = Storage("sessions"),
            ["persistentStorage"] = "Apache::Session::File",
            ["persistentStorageOptions"] = Storage("psessions"),
            ["localSessionStorageOptions"] = new JsonObject { ["cache_depth"] = 3, ["cache_root"] = _directory.File("cache"), ["default_expires_in"] = 600, ["directory_umask"] = "007", ["namespace"] = "s" },
            ["notificationStorageOptions"] = new JsonObject { ["dirName"] = _directory.File("notifications") },
            ["issuerDBOpenIDConnectActivation"] = 1,
            ["issuerDBOpenIDConnectPath"] = "^/oauth2/",
            ["issuerDBOpenIDConnectRule"] = 1,
            ["oidcServiceMetaDataIssuer"] = Issuer,
            ["oidcServicePrivateKeySig"] = key.ExportRSAPrivateKeyPem(),
            ["oidcServicePublicKeySig"] = key.ExportSubjectPublicKeyInfoPem(),
            ["oidcServiceKeyIdSig"] = "k1",
            ["oidcRPMetaDataOptions"] = new JsonObject
            {
                ["gate"] = new JsonObject
                {
                    ["oidcRPMetaDataOptionsClientID"] = "gatehouse",
                    ["oidcRPMetaDataOptionsClientSecret"] = Secret,
                    ["oidcRPMetaDataOptionsAllowPasswordGrant"] = 1,
                    ["oidcRPMetaDataOptionsAccessTokenExpiration"] = 600,
                    ["oidcRPMetaDataOptionsIDTokenSignAlg"] = "RS256",
                    ["oidcRPMetaDataOptionsUserIDAttr"] = "uid",
                },
            },
            ["oidcRPMetaDataExportedVars"] = new JsonObject { ["gate"] = new JsonObject { ["preferred_username"] = "uid", ["groups"] = "groups" } },
            ["oidcRPMetaDataOptionsExtraClaims"] = new JsonObject { ["gate"] = new JsonObject { ["gate"] = "groups" } },
            ["groups"] = new JsonObject { ["timelords"] = "$uid eq 'dwho'" },
            ["requireToken"] = 0,
            ["bruteForceProtection"] = 0,
            ["portalDisplayRegister"] = 0,
            ["portalDisplayResetPassword"] = 0,

            // The portal loads a captcha whether it is used or not, and the usual one needs a graphics library.
            ["captcha"] = "::Auth::Null",
        })
        {
            configuration[name] = value?.DeepClone();
        }

        File.WriteAllText(_directory.File("conf/lmConf-1.json"), configuration.ToJsonString());
        File.WriteAllText(_directory.File("lemonldap-ng.ini"), $$"""
            [all]
            logLevel = warn
            [configuration]
            type = File
            dirName = {{_directory.File("conf")}}
            localStorage = Cache::FileCache
            localStorageOptions = {'namespace'=>'c','default_expires_in'=>600,'directory_umask'=>'007','cache_root'=>'{{_directory.File("cache")}}','cache_depth'=>3}
            [portal]
            staticPrefix = /static
            templateDir = /usr/share/lemonldap-ng/portal/templates
            languages = en

            """);
        File.WriteAllText(_directory.File("app.psgi"), $"use Lemonldap::NG::Portal::Main;\nLemonldap::NG::Portal::Main->run({{ configStorage => {{ confFile => '{_directory.File("lemonldap-ng.ini")}' }} }});\n");
    }
}
