using System.Text;
using Gatehouse.Core.Stores;
using Gatehouse.Dialects.ArSystem;
using Gatehouse.Dialects.Http;
using Gatehouse.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Dialects.Tests.Http;

/// <summary>HTT-38: what nobody expected is refused, in the shape of the path's owner, without detail.</summary>
public sealed class FaultMiddlewareTests
{
    public static TheoryData<Exception, int, string, string> Faults { get; } = new()
    {
        { new InvalidOperationException("secret detail"), 500, """[{"messageType":"ERROR","messageText":"Internal error","messageAppendedText":null,"messageNumber":10500}]""", """{"type":"about:blank","title":"Internal Server Error","status":500}""" },
        { new IOException("secret detail"), 500, """[{"messageType":"ERROR","messageText":"Internal error","messageAppendedText":null,"messageNumber":10500}]""", """{"type":"about:blank","title":"Internal Server Error","status":500}""" },
        { new StoreUnavailableException("secret detail", new IOException()), 503, """[{"messageType":"ERROR","messageText":"Cannot connect to the authentication service","messageAppendedText":null,"messageNumber":8922}]""", """{"type":"about:blank","title":"Service Unavailable","status":503}""" },
        { new BadHttpRequestException("secret detail"), 400, """[{"messageType":"ERROR","messageText":"Malformed request","messageAppendedText":"body","messageNumber":10400}]""", """{"type":"about:blank","title":"Bad Request","status":400}""" },
        { new IOException("secret detail", new OverflowException()), 400, """[{"messageType":"ERROR","messageText":"Malformed request","messageAppendedText":"body","messageNumber":10400}]""", """{"type":"about:blank","title":"Bad Request","status":400}""" },
        { new BadHttpRequestException("secret detail", 413), 413, """[{"messageType":"ERROR","messageText":"Request too large","messageAppendedText":null,"messageNumber":10413}]""", """{"type":"about:blank","title":"Payload Too Large","status":413}""" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [Contract("HTT-38", "HTT-30", "HTT-31", "HTT-35", "HTT-118", "ARS-50")]
    public async Task An_exception_is_an_answer_in_the_owners_shape(Exception exception, int status, string dialectBody, string problem)
    {
        foreach (var (endpoint, body) in new[] { (new DialectEndpoint("ar-system", ArSystemAnswers.WriteFaultAsync), dialectBody), ((DialectEndpoint?)null, problem) })
        {
            var context = new DefaultHttpContext();
            context.Response.Body = new MemoryStream();
            context.Response.Headers.SetCookie = "AR-JWT=half-written";
            context.SetEndpoint(endpoint is null ? null : new Endpoint(null, new EndpointMetadataCollection(endpoint), null));

            await new FaultMiddleware(_ => throw exception, NullLogger<FaultMiddleware>.Instance).InvokeAsync(context);

            context.Response.StatusCode.ShouldBe(status);
            Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()).ShouldBe(body);
            context.Response.Headers.SetCookie.Count.ShouldBe(0);
            context.Response.Headers.WWWAuthenticate.Count.ShouldBe(0);
            context.Response.Headers.RetryAfter.Count.ShouldBe(status == 503 ? 1 : 0);
        }
    }

    [Fact]
    [Contract("HTT-38")]
    public async Task Nothing_is_written_to_a_caller_who_went_away()
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };

        await new FaultMiddleware(_ => throw new OperationCanceledException(), NullLogger<FaultMiddleware>.Instance).InvokeAsync(context);

        context.Response.StatusCode.ShouldBe(200);
        context.Response.HasStarted.ShouldBeFalse();
    }
}
