namespace Gatehouse.Authorities.Ldap.Wire;

/// <summary>Reads a stream in larger pieces; writes nothing, so that the other direction is free.</summary>
internal sealed class BufferedReader(Stream inner) : Stream
{
    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _start;
    private int _end;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start == _end)
        {
            if (buffer.Length >= _buffer.Length)
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }

            (_start, _end) = (0, await inner.ReadAsync(_buffer, cancellationToken));
        }

        var length = Math.Min(buffer.Length, _end - _start);
        _buffer.AsMemory(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
