using System.Net;
using Gatehouse.Dialects.OAuth;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;

namespace Gatehouse.Dialects.Tests.OAuth;

[Contract("HTT-168")]
public sealed class ServerIssuerTests
{
    [Theory]
    [InlineData("https://127.0.0.1:8443", "http://127.0.0.1:8008", "https://127.0.0.1:8443")]
    [InlineData("https://gate.example:8443/", "https://other.example", "https://gate.example:8443")]
    [InlineData("https://gate.example:443", "https://other.example", "https://gate.example")]
    [InlineData("https://[::1]:8443", "https://other.example", "https://[::1]:8443")]
    [InlineData("http://127.0.0.1:8008", "http://127.0.0.1:8009", "http://127.0.0.1:8008")]
    public void Without_a_configured_one_it_is_the_first_https_address(string address, string another, string expected)
    {
        new ServerIssuer(new OAuthOptions(), new Server(address, another)).Name.ShouldBe(expected);
        if (expected.StartsWith("https:", StringComparison.Ordinal) && !another.StartsWith("https:", StringComparison.Ordinal))
        {
            new ServerIssuer(new OAuthOptions(), new Server(another, address)).Name.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("https://0.0.0.0:8443")]
    [InlineData("https://[::]:8443")]
    [InlineData("https://*:8443")]
    [InlineData("https://+:8443")]
    public void All_addresses_are_the_machines_name(string address) =>
        new ServerIssuer(new OAuthOptions(), new Server(address)).Name.ShouldBe($"https://{Dns.GetHostName()}:8443", StringCompareShould.IgnoreCase);

    [Theory]
    [InlineData("https://gate.example/", "https://gate.example", "https://gate.example")]
    [InlineData("https://gate.example/north/", "https://gate.example/north", "https://gate.example")]
    public void A_configured_one_is_without_its_final_slash(string configured, string name, string origin)
    {
        var issuer = new ServerIssuer(new OAuthOptions { Issuer = configured }, new Server("https://127.0.0.1:8443"));

        (issuer.Name, issuer.Origin).ShouldBe((name, origin));
    }

    [Fact]
    public void Before_the_server_listens_there_is_none() => Should.Throw<InvalidOperationException>(() => new ServerIssuer(new OAuthOptions()).Name);

    private sealed class Server : IServer
    {
        public Server(params string[] addresses)
        {
            var feature = new ServerAddressesFeature();
            foreach (var address in addresses)
            {
                feature.Addresses.Add(address);
            }

            Features.Set<IServerAddressesFeature>(feature);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public void Dispose()
        {
        }

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
