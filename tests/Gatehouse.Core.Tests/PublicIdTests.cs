using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests;

public sealed class PublicIdTests
{
    [Fact]
    [Contract("OI-113")]
    public void New_id_has_26_characters_and_reads_back()
    {
        var id = PublicId.New(new ManualClock().GetUtcNow());

        id.ToString().Length.ShouldBe(26);
        PublicId.TryParse(id.ToString(), out var parsed).ShouldBeTrue();
        parsed.ShouldBe(id);
        PublicId.FromBytes(id.ToByteArray()).ShouldBe(id);
    }
}
