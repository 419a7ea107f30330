using System.Globalization;
using Gatehouse.Core.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Dialects.Repositories;

/// <summary><c>GET /api/repositories</c>: the names, for everybody (contract section 2).</summary>
internal sealed class RepositoryList(TenantDirectory tenants)
{
    private const string Methods = "GET, HEAD";
    private volatile Rendered? _rendered;

    /// <summary>Answers with the list. Whatever credential comes along is not read (REP-17).</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await RepositoriesAnswers.WriteErrorAsync(context, RepositoriesError.MethodNotAllowed(Methods));
            return;
        }

        var list = RenderOnce(await tenants.ListAsync(context.RequestAborted));
        await RepositoriesAnswers.WriteListAsync(context, list.Body, list.EntityTag, Knows(context.Request, list.EntityTag));
    }

    private static bool Knows(HttpRequest request, string entityTag)
    {
        var ours = new EntityTagHeaderValue(entityTag);
        return request.GetTypedHeaders().IfNoneMatch.Any(theirs => theirs.Equals(EntityTagHeaderValue.Any) || ours.Compare(theirs, useStrongComparison: false));
    }

    /// <summary>The directory hands out the same list until a tenant comes or goes.</summary>
    private Rendered RenderOnce(IReadOnlyList<Tenant> all)
    {
        if (_rendered is { } known && ReferenceEquals(known.Tenants, all))
        {
            return known;
        }

        var body = RepositoriesAnswers.RenderList(all);
        var sum = unchecked((int)Crc32.Of(body));
        return _rendered = new Rendered(all, body, string.Create(CultureInfo.InvariantCulture, $"\"{sum}\""));
    }

    private sealed record Rendered(IReadOnlyList<Tenant> Tenants, byte[] Body, string EntityTag);
}
