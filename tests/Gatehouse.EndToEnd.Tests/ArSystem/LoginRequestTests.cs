using System.Text;
using Gatehouse.EndToEnd.Tests.Servers;
using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.ArSystem;

/// <summary>Contract ar-system, section 2: how a login may be written.</summary>
public sealed class LoginRequestTests(Gates gates)
{
    private const string FormOfAllen = "username=Allen&password=plum+tree+in+the+garden";

    [Theory]
    [InlineData(FormOfAllen)]
    [InlineData("password=plum%20tree%20in%20the%20garden&username=Allen")]
    [InlineData("a=1&username=Allen&b&=&password=plum+tree+in+the+garden&&Username=Bob&PASSWORD=x&c=%zz")]
    [InlineData("username=Allen&password=plum tree in the garden")]
    [InlineData("user%6eame=%41llen&password=plum+tree%20in+the+garden&")]
    [InlineData("username=++Allen+&password=plum+tree+in+the+garden")]
    [Contract("ARS-15", "ARS-16", "ARS-19", "ARS-25", "HTT-72")]
    public async Task A_form_is_read_however_it_is_written(string form) =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(form))).Status.ShouldBe(200);

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8")]
    [InlineData("application/x-www-form-urlencoded;charset=UTF-8")]
    [InlineData("application/x-www-form-urlencoded; charset=\"Utf-8\"")]
    [InlineData("application/x-www-form-urlencoded; charset=US-ASCII")]
    [InlineData("application/x-www-form-urlencoded; charset=iso-8859-1")]
    [InlineData("application/x-www-form-urlencoded; CHARSET=\"ISO-8859-1\"")]
    [InlineData("application/x-www-form-urlencoded; version=1; q=\"a b\"")]
    [InlineData("Application/X-WWW-Form-UrlEncoded")]
    [InlineData(null)]
    [Contract("ARS-17")]
    public async Task These_media_types_are_accepted(string? type) =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(FormOfAllen, type))).Status.ShouldBe(200);

    [Theory]
    [InlineData("application/json", """{"username":"Allen","password":"plum tree in the garden"}""")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nAllen\r\n--x--\r\n")]
    [InlineData("text/plain", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded; charset=utf-16", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded; charset=windows-1252", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8; charset=koi8-r", FormOfAllen)]
    [InlineData("application/x-www-form-urlencodedx", FormOfAllen)]
    [InlineData("nonsense", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded\r\nContent-Type: application/x-www-form-urlencoded", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded\r\nContent-Encoding: gzip", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded\r\nContent-Encoding: identity, gzip", FormOfAllen)]
    [InlineData("application/x-www-form-urlencoded\r\nContent-Encoding: br", FormOfAllen)]
    [Contract("ARS-117", "HTT-12", "ATK-80")]
    public async Task Other_media_types_and_encodings_are_415_even_with_the_right_password(string type, string body) =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(body, type))).ShouldBeError(415, 10415, "Unsupported media type");

    [Fact]
    [Contract("HTT-12")]
    public async Task Content_encoding_identity_is_accepted() =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(FormOfAllen, headers: "Content-Encoding: Identity"))).Status.ShouldBe(200);

    [Theory]
    [InlineData("K\u00fcchenfenster auf", "K%C3%BCchenfenster+auf", ArRequests.Form)]
    [InlineData("K\u00fcchenfenster auf", "K%C3%BCchenfenster+auf", "application/x-www-form-urlencoded; charset=utf-8")]
    [InlineData("K\u00fcchenfenster auf", "K%C3%BCchenfenster+auf", "application/x-www-form-urlencoded; charset=iso-8859-1")]
    [InlineData("K\u00fcchenfenster auf", "K%FCchenfenster+auf", ArRequests.Form)]
    [InlineData("K\u00fcchenfenster auf", "K\u00fcchenfenster+auf", ArRequests.Form)]
    [InlineData("K\u00fcchenfenster auf", "K%FCchenfenster+auf", "application/x-www-form-urlencoded; charset=iso-8859-1")]
    [InlineData("K\u00fcchenfenster auf", "Ku%CC%88chenfenster+auf", ArRequests.Form)]
    [InlineData("100%sure! 50%off; a=b==c", "100%sure!+50%off;+a=b==c", ArRequests.Form)]
    [InlineData("trailing percent %4", "trailing+percent+%4", ArRequests.Form)]
    [InlineData("trailing percent 1%", "trailing+percent+1%", ArRequests.Form)]
    [InlineData("plus+and&ampersand", "plus%2Band%26ampersand", ArRequests.Form)]
    [Contract("ARS-18", "ARS-19", "HTT-53", "HTT-77")]
    public async Task A_password_comes_through_as_meant(string password, string written, string type)
    {
        var gate = await gates.Default;
        var name = $"written-{Guid.NewGuid():N}";
        await gate.AddAsync(name, password: password);

        (await gate.SendAsync(ArRequests.LoginWith($"username={name}&password={written}", type))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("username=Allen&password=K%FCche", "password")]
    [InlineData("username=%FF&password=x", "username")]
    [InlineData("username=Allen&password=x&authString=%ED%A0%80", "authString")]
    [InlineData("username=Allen&password=x&other=%C0%AF", "other")]
    [InlineData("username=Allen&password=x&%FF=1", "body")]
    [Contract("ARS-18", "ARS-119")]
    public async Task Under_a_declared_utf8_other_bytes_are_400(string form, string at) =>
        (await (await gates.Default).SendAsync(ArRequests.LoginWith(form, "application/x-www-form-urlencoded; charset=utf-8"))).ShouldBeMalformed(at);

    [Theory]
    [InlineData("application/json")]
    [InlineData("image/png")]
    [InlineData("text/html;q=1, */*;q=0")]
    [InlineData("nonsense")]
    [Contract("ARS-20", "HTT-32")]
    public async Task Accept_is_ignored(string accept) =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(FormOfAllen, headers: $"Accept: {accept}"))).Header("Content-Type").ShouldBe("text/plain");

    [Theory]
    [InlineData("POST http://gate.example.com:8008/api/jwt/login HTTP/1.1\r\nHost: gate.example.com:8008\r\nContent-Length: 47\r\n\r\n" + FormOfAllen)]
    [InlineData("POST http://another.example.com/api/jwt/login HTTP/1.1\r\nHost: gate.example.com\r\nContent-Length: 47\r\n\r\n" + FormOfAllen)]
    [InlineData("POST /api/jwt/login HTTP/1.0\r\nContent-Length: 47\r\n\r\n" + FormOfAllen)]
    [InlineData("POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nusername=\r\n26\r\nAllen&password=plum+tree+in+the+garden\r\n0\r\n\r\n")]
    [InlineData("POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n2f;name=value\r\n" + FormOfAllen + "\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData("POST /api/jwt/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 47\r\n\r\n" + FormOfAllen)]
    [InlineData("POST //API/JWT/./x/../Login HTTP/1.1\r\nHost: x\r\nContent-Length: 47\r\n\r\n" + FormOfAllen)]
    [Contract("ARS-21", "ARS-22", "HTT-2", "HTT-6")]
    public async Task A_login_is_served_in_every_form_that_http_knows(string request) =>
        (await (await GateOfAllenAsync()).SendAsync(request)).Status.ShouldBe(200);

    [Fact]
    [Contract("ARS-21")]
    public async Task Expect_100_continue_is_served()
    {
        await using var client = await (await GateOfAllenAsync()).ConnectAsync();
        await client.SendAsync($"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {FormOfAllen.Length}\r\n\r\n");
        await client.SendAsync(FormOfAllen);

        (await client.ReadAnswerAsync()).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("/api/jwt/login?" + FormOfAllen, "")]
    [InlineData("/api/jwt/login", "username: Allen\r\npassword: " + Gate.Password)]
    [InlineData("/api/jwt/login", "authString: " + FormOfAllen)]
    [InlineData("/api/jwt/login", "Authorization: Basic QWxsZW46cGx1bSB0cmVlIGluIHRoZSBnYXJkZW4=")]
    [InlineData("/api/jwt/login", "Cookie: username=Allen; password=plum tree in the garden")]
    [Contract("ARS-23", "ARS-46", "HTT-15")]
    public async Task Credentials_outside_the_body_are_not_read(string target, string headers)
    {
        var gate = await GateOfAllenAsync();

        (await gate.SendAsync(ArRequests.LoginWith("", target: target, headers: headers.Length == 0 ? [] : [headers]))).ShouldBe623("\"\"");
    }

    [Theory]
    [InlineData("EXAMPLE")]
    [InlineData("")]
    [InlineData("*)(uid=*")]
    [Contract("ARS-24")]
    public async Task AuthString_makes_no_difference_to_a_local_account(string authString)
    {
        var gate = await GateOfAllenAsync();

        (await gate.SendAsync(ArRequests.LoginWith($"{FormOfAllen}&authString={authString}"))).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.LoginWith($"username=Allen&password=x&authString={authString}"))).ShouldBe623("\"Allen\"");
    }

    [Theory]
    [InlineData(FormOfAllen + "&username=Allen", "username")]
    [InlineData(FormOfAllen + "&username=", "username")]
    [InlineData(FormOfAllen + "&username", "username")]
    [InlineData(FormOfAllen + "&pass%77ord=plum+tree+in+the+garden", "password")]
    [InlineData(FormOfAllen + "&authString=a&authString=b", "authString")]
    [Contract("ARS-115", "HTT-14", "ATK-80")]
    public async Task A_field_that_comes_twice_is_400(string form, string at) =>
        (await (await GateOfAllenAsync()).SendAsync(ArRequests.LoginWith(form))).ShouldBeMalformed(at);

    [Fact]
    [Contract("ARS-115", "HTT-88")]
    public async Task A_malformed_login_is_no_guess()
    {
        var gate = await gates.Delaying;
        await gate.AddAsync("malformed-login");
        for (var i = 0; i < 5; i++)
        {
            (await gate.SendAsync(ArRequests.LoginWith($"username=malformed-login&password=wrong+{i}&password=x"))).ShouldBeMalformed("password");
            (await gate.SendAsync(ArRequests.Login("malformed-login", $"wrong {i}", "X-AR-Client-Type: x"))).Status.ShouldBe(400);
        }

        (await gate.LogInAsync("malformed-login")).Status.ShouldBe(200);
    }

    [Fact]
    [Contract("ARS-118", "ATK-47")]
    public async Task More_than_256_fields_are_400()
    {
        var gate = await GateOfAllenAsync();
        var fields = string.Concat(Enumerable.Range(0, 254).Select(i => $"&f{i}=1"));

        (await gate.SendAsync(ArRequests.LoginWith(FormOfAllen + fields))).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.LoginWith(FormOfAllen + fields + "&one=more"))).ShouldBeMalformed("body");
        (await gate.SendAsync(ArRequests.LoginWith(FormOfAllen + string.Concat(Enumerable.Repeat("&a", 30_000))))).ShouldBeMalformed("body");
    }

    [Fact]
    [Contract("ARS-116", "HTT-11", "ATK-47")]
    public async Task A_body_of_64_KiB_is_read_and_one_byte_more_is_413()
    {
        var gate = await GateOfAllenAsync();
        var longest = $"{FormOfAllen}&x=".PadRight(64 * 1024, 'x');

        (await gate.SendAsync(ArRequests.LoginWith(longest))).Status.ShouldBe(200);
        (await gate.SendAsync(ArRequests.LoginWith(longest + "x"))).ShouldBeError(413, 10413, "Request too large");
        (await gate.SendAsync(Chunked(longest))).Status.ShouldBe(200);
        (await gate.SendAsync(Chunked(longest + "x"))).ShouldBeError(413, 10413, "Request too large");
    }

    [Fact]
    [Contract("ARS-116")]
    public async Task A_body_announced_too_large_is_413_before_it_comes()
    {
        await using var client = await (await gates.Default).ConnectAsync();
        await client.SendAsync("POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n");

        (await client.ReadAnswerAsync()).ShouldBeError(413, 10413, "Request too large");
    }

    private static string Chunked(string body) =>
        $"POST /api/jwt/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n";

    private async Task<Gate> GateOfAllenAsync()
    {
        var gate = await gates.Default;
        await Allen.OnceAsync(gate);
        return gate;
    }

    /// <summary>One account for all of this class: a remembered password costs no hash.</summary>
    private static class Allen
    {
        private static readonly Lock Once = new();
        private static Task? _made;

        public static Task OnceAsync(Gate gate)
        {
            lock (Once)
            {
                return _made ??= gate.AddAsync("Allen");
            }
        }
    }
}
