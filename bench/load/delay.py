"""A TCP proxy that holds back every answer of a server, to make a loopback directory as slow as a distant one.
   delay.py LISTEN-PORT SERVER-PORT MILLISECONDS        SIGUSR1: nothing passes any more (a black hole); SIGUSR2: the most connections so far, to stderr."""
import asyncio
import signal
import sys

listen, server, delay = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
hole = asyncio.Event()
now = most = total = 0


async def hold(reader, writer, seconds):
    """Passes on what was read, each piece after its time, without holding back the next one."""
    loop = asyncio.get_running_loop()
    pieces = asyncio.Queue()

    async def write():
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                writer.close()
                return
            if not hole.is_set():
                writer.write(piece)

    writing = asyncio.create_task(write())
    try:
        while piece := await reader.read(65536):
            pieces.put_nowait((loop.time() + seconds, piece))
    except ConnectionError:
        pass
    pieces.put_nowait((loop.time(), b""))
    await writing


async def accept(reader, writer):
    global now, most, total
    now, total = now + 1, total + 1
    most = max(most, now)
    try:
        if hole.is_set():
            await asyncio.sleep(3600)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", server)
        await asyncio.gather(hold(reader, up_writer, 0), hold(up_reader, writer, delay))
    finally:
        now -= 1
        writer.close()


async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, hole.set)
    loop.add_signal_handler(signal.SIGUSR2, lambda: print(f"connections: most at once {most}, all {total}", file=sys.stderr, flush=True))
    async with await asyncio.start_server(accept, "127.0.0.1", listen, backlog=512) as listener:
        await listener.serve_forever()


asyncio.run(main())
