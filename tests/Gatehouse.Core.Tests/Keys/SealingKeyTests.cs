using System.Security.Cryptography;
using Gatehouse.Core.Keys;
using Shouldly;

namespace Gatehouse.Core.Tests.Keys;

public sealed class SealingKeyTests
{
    private static readonly byte[] Secret = [1, 2, 3, 4];

    [Fact]
    public void Sealed_box_opens_with_the_same_key_and_context()
    {
        using var key = NewKey();

        key.Open(key.Seal(Secret, "what it is"), "what it is").ShouldBe(Secret);
        key.Open(key.Seal([], "nothing"), "nothing").ShouldBeEmpty();
    }

    [Fact]
    public void Sealed_box_opens_with_nothing_else()
    {
        using var key = NewKey();
        using var other = NewKey();
        var box = key.Seal(Secret, "what it is");

        Should.Throw<CryptographicException>(() => other.Open(box, "what it is"));
        Should.Throw<CryptographicException>(() => key.Open(box, "what it is not"));
        Should.Throw<CryptographicException>(() => key.Open(box.AsSpan(1), "what it is"));
        Should.Throw<CryptographicException>(() => key.Open(new byte[27], "what it is"));
        Should.Throw<CryptographicException>(() => key.Open([], "what it is"));
    }

    [Fact]
    public void Box_of_which_any_byte_changed_does_not_open()
    {
        using var key = NewKey();
        var box = key.Seal(Secret, "what it is");

        for (var i = 0; i < box.Length; i++)
        {
            var damaged = box.ToArray();
            damaged[i] ^= 1;
            Should.Throw<CryptographicException>(() => key.Open(damaged, "what it is"));
        }
    }

    [Fact]
    public void Box_holds_the_secret_in_no_clear_form_and_is_another_one_each_time()
    {
        using var key = NewKey();
        var secret = new byte[64];

        var (one, other) = (key.Seal(secret, ""), key.Seal(secret, ""));

        one.ShouldNotBe(other);
        Convert.ToHexString(one).ShouldNotContain(new string('0', 32));
    }

    [Fact]
    public async Task Key_may_be_used_by_many_at_once()
    {
        using var key = NewKey();

        var opened = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => key.Open(key.Seal([(byte)i], $"{i}"), $"{i}")[0])));

        opened.ShouldBe(Enumerable.Range(0, 50).Select(i => (byte)i));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(33)]
    public void Key_of_another_length_than_32_bytes_is_refused(int length) => Should.Throw<ArgumentException>(() => new MasterKey(new byte[length]));

    private static MasterKey NewKey() => new(RandomNumberGenerator.GetBytes(SealingKey.ByteLength));
}
