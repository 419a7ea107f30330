using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.Dialects.Tests.ArSystem;

public sealed class LoginRequestTests
{
    private static readonly string[] Pieces =
    [
        "username", "password", "authString", "=", "&", "%", "%4", "%41", "%FF", "%ED%A0%80", "%00", "+", ";", "Allen", "\u00ff", "\u0000", "%75sername=", "&password=&password=x", "=&=&", "\r\n",
    ];

    private static readonly string?[] Types =
    [
        null, "", " ", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencoded; charset=", "application/x-www-form-urlencoded;;",
        "application/x-www-form-urlencoded; charset=\"utf-8", "application/json", "/", ";charset=utf-8", "a/b; charset=iso-8859-1", "\u0000", "multipart/form-data; boundary=x",
    ];

    [Fact]
    [Contract("ARS-19", "ARS-120", "ATK-80")]
    public void Whatever_is_sent_it_is_a_login_or_a_400_413_or_415()
    {
        var bodies = Gen.OneOf(Gen.Elements(Pieces).ListOf().Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces))), ArbMap.Default.GeneratorFor<byte[]>());
        Prop.ForAll(bodies.ToArbitrary(), Gen.Elements(Types).ToArbitrary(), (body, type) =>
        {
            var (login, error) = Read(body, type);
            return login is null ? error is { Status: 400 or 413 or 415 } : error is null && login.UserName is not null && login.Password is not null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    [Contract("ARS-18")]
    public void Every_name_and_password_that_utf8_can_write_comes_through() =>
        Prop.ForAll<string?, string?>((name, password) =>
        {
            // Half a surrogate pair cannot be written.
            var (user, secret) = (Valid(name), Valid(password));
            var (login, _) = Read(Encoding.ASCII.GetBytes($"password={Uri.EscapeDataString(secret)}&username={Uri.EscapeDataString(user)}"), "application/x-www-form-urlencoded; charset=utf-8");
            return login is not null && login.UserName == user && login.Password == secret && login.ToString() == nameof(LoginRequest);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static string Valid(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private static (LoginRequest? Login, ArSystemError? Error) Read(byte[] body, string? type)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(body);
        if (type is not null)
        {
            context.Request.Headers.ContentType = type;
        }

        var read = LoginRequest.ReadAsync(context);
        read.IsCompleted.ShouldBeTrue();
        return read.GetAwaiter().GetResult();
    }
}
