"""Signs different people in at once, and says how long it took.
   signins.py http://HOST:PORT COUNT FIRST PASSWORD      people user<FIRST> to user<FIRST+COUNT-1>"""
import asyncio
import sys
import time
from urllib.parse import urlencode, urlsplit

address, count, first, password = urlsplit(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


async def sign_in(number, go):
    body = urlencode({"username": f"user{number}", "password": password})
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    await go.wait()
    began = time.perf_counter()
    writer.write(
        f"POST /bppmws/api/authenticate/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    status = int((await reader.readline()).split()[1])
    await reader.read()
    writer.close()
    return status, time.perf_counter() - began


async def main():
    go = asyncio.Event()
    tasks = [asyncio.create_task(sign_in(first + number, go)) for number in range(count)]
    await asyncio.sleep(0.5)
    go.set()
    answers = await asyncio.gather(*tasks)
    times = sorted(taken for _, taken in answers)
    statuses = {status: sum(1 for one, _ in answers if one == status) for status in sorted({status for status, _ in answers})}
    print(f"{statuses}  p50 {1000 * times[len(times) // 2]:.0f} ms  p99 {1000 * times[min(len(times) - 1, len(times) * 99 // 100)]:.0f} ms  most {1000 * times[-1]:.0f} ms")


asyncio.run(main())
