using Gatehouse.Core.SignIn;

namespace Gatehouse.Authorities.Negotiate;

/// <summary>What the security library said to a leg.</summary>
/// <param name="Major">Its status; decided upon by this alone (HTT-67).</param>
/// <param name="Minor">The mechanism's own code.</param>
/// <param name="Token">What goes back; null where there is nothing.</param>
internal sealed record GssStep(uint Major, uint Minor, byte[]? Token)
{
    /// <summary>Who it is, as displayed; null unless complete.</summary>
    public string? Source { get; init; }

    /// <summary>The service principal that the ticket was for; null where there is none.</summary>
    public string? Target { get; init; }

    /// <summary>The mechanism, as far as it is known.</summary>
    public HandshakeMechanisms Mechanism { get; init; }

    /// <summary>Whether the caller bound itself to the same channel.</summary>
    public bool IsChannelBound { get; init; }
}

/// <summary>The accepting side of one handshake in the security library. Native memory; one leg at a time; calls may block.</summary>
internal sealed unsafe class GssContext(GssCredential credential) : IDisposable
{
    private nint _context;

    /// <summary>Takes a leg.</summary>
    public GssStep Step(ReadOnlySpan<byte> token, ReadOnlySpan<byte> channelBinding)
    {
        fixed (byte* input = token, binding = channelBinding)
        {
            var buffer = new Gss.GssBuffer { Length = token.Length, Value = (nint)input };
            var bindings = new Gss.GssChannelBindings { ApplicationData = new Gss.GssBuffer { Length = channelBinding.Length, Value = (nint)binding } };
            var major = Gss.AcceptContext(
                out var minor,
                ref _context,
                credential.Handle,
                buffer,
                channelBinding.IsEmpty ? 0 : (nint)(&bindings),
                out var source,
                out var mechanism,
                out var output,
                out var flags,
                0,
                0);
            try
            {
                var step = new GssStep(major, minor, output.Length > 0 ? GssText.BytesOf(output).ToArray() : null) { Mechanism = MechanismOf(mechanism) };
                return major != Gss.Complete ? step : step with
                {
                    Source = Display(source),

                    // NTLM names no service; gss-ntlmssp 1.2 even ends the process when it is asked for one.
                    Target = step.Mechanism == HandshakeMechanisms.Kerberos ? TargetName() : null,
                    IsChannelBound = (flags & Gss.ChannelBoundFlag) != 0,
                };
            }
            finally
            {
                Gss.ReleaseName(out _, ref source);
                Gss.ReleaseBuffer(out _, ref output);
            }
        }
    }

    public void Dispose()
    {
        if (_context != 0)
        {
            Gss.DeleteContext(out _, ref _context, 0);
        }

        credential.Dispose();
    }

    private string? TargetName()
    {
        if (Gss.InquireContext(out _, _context, 0, out var target, 0, 0, 0, 0, 0) != Gss.Complete)
        {
            return null;
        }

        var text = Display(target);
        Gss.ReleaseName(out _, ref target);
        return text;
    }

    private static string? Display(nint name)
    {
        if (name == 0 || Gss.DisplayName(out _, name, out var text, 0) != Gss.Complete)
        {
            return null;
        }

        return GssText.Take(ref text);
    }

    private static HandshakeMechanisms MechanismOf(nint oid)
    {
        if (oid == 0)
        {
            return HandshakeMechanisms.None;
        }

        var descriptor = *(Gss.GssOid*)oid;
        var elements = new ReadOnlySpan<byte>((void*)descriptor.Elements, (int)descriptor.Length);
        return IsSame(elements, MechanismOids.Kerberos) || IsSame(elements, MechanismOids.KerberosOfWindows) ? HandshakeMechanisms.Kerberos
            : IsSame(elements, MechanismOids.Ntlm) ? HandshakeMechanisms.Ntlm
            : HandshakeMechanisms.None;
    }

#pragma warning disable RS0030 // Object identifiers are no secrets.
    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => one.SequenceEqual(other);
#pragma warning restore RS0030
}
