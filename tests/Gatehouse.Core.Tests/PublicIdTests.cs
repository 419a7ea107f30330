using Gatehouse.Testing;
using Shouldly;

namespace Gatehouse.Core.Tests;

public sealed class PublicIdTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    [Contract("OI-113")]
    public void New_id_has_26_characters_and_reads_back()
    {
        var id = PublicId.New(_clock.GetUtcNow());

        id.ToString().Length.ShouldBe(26);
        PublicId.TryParse(id.ToString(), out var parsed).ShouldBeTrue();
        parsed.ShouldBe(id);
        PublicId.FromBytes(id.ToByteArray()).ShouldBe(id);
    }

    [Fact]
    public void Lower_case_reads_as_the_same_id()
    {
        var id = PublicId.New(_clock.GetUtcNow());

        PublicId.TryParse(id.ToString().ToLowerInvariant(), out var parsed).ShouldBeTrue();

        parsed.ShouldBe(id);
    }

    [Fact]
    public void Later_ids_are_greater_in_text_in_bytes_and_as_values()
    {
        var earlier = PublicId.New(_clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var later = PublicId.New(_clock.GetUtcNow());

        (earlier < later).ShouldBeTrue();
        string.CompareOrdinal(earlier.ToString(), later.ToString()).ShouldBeLessThan(0);
        earlier.ToByteArray().AsSpan().SequenceCompareTo(later.ToByteArray()).ShouldBeLessThan(0);
    }

    [Fact]
    public void Ids_of_one_moment_differ() =>
        Enumerable.Range(0, 1000).Select(_ => PublicId.New(_clock.GetUtcNow())).Distinct().Count().ShouldBe(1000);

    [Theory]
    [InlineData("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true)]
    [InlineData("00000000000000000000000000", true)]
    [InlineData("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", false)]
    [InlineData("0000000000000000000000000", false)]
    [InlineData("000000000000000000000000000", false)]
    [InlineData("0000000000000000000000000I", false)]
    [InlineData("0000000000000000000000000L", false)]
    [InlineData("0000000000000000000000000O", false)]
    [InlineData("0000000000000000000000000U", false)]
    [InlineData("000000000000 0000000000000", false)]
    [InlineData("0000000000000000000000000\u017F", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_26_characters_of_the_alphabet_that_fit_128_bits_are_read(string? text, bool reads) => PublicId.TryParse(text, out _).ShouldBe(reads);
}
