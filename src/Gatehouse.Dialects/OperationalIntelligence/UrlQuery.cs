using System.Text;
using Gatehouse.Dialects.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Dialects.OperationalIntelligence;

/// <summary>The query of a request, taken apart as the form is: its callers write both the same way (OI-23).</summary>
internal static class UrlQuery
{
    public static List<FormField> Fields(QueryString query) =>
        query.Value is { Length: > 1 } text ? FormBody.Parse(Encoding.UTF8.GetBytes(text[1..]), maximumFields: int.MaxValue)! : [];
}
