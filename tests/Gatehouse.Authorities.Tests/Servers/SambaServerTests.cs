using System.Net.Security;
using System.Net.Sockets;
using Shouldly;

namespace Gatehouse.Authorities.Tests.Servers;

/// <summary>Proves that the domain which other tests rely on stands.</summary>
[Collection(SambaCollection.Name)]
public sealed class SambaServerTests(SambaServer samba)
{
    [Fact]
    public async Task The_domain_stands_and_shows_the_certificate_of_the_test()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(samba.Address, 636);
        var issuer = "";
        await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => (issuer = certificate!.Issuer).Length > 0);
        await tls.AuthenticateAsClientAsync(samba.Address);

        issuer.ShouldBe("CN=Gatehouse test domain");
        (await samba.ToolAsync("group", "listmembers", "Outer")).ShouldContain("Inner");
    }
}
