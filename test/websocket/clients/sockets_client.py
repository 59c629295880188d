"""Does what it is told, line by line: sockets of the Python library `websockets`, whose events go to standard output."""
import asyncio, json, sys
import websockets

def tell(key, event):
    print(json.dumps([key, event]), flush=True)

async def run(key, url, commands):
    async with websockets.connect(url, max_size=None) as socket:
        tell(key, 'open ' + ', '.join(str(extension.name) for extension in socket.extensions))
        async def hear():
            try:
                async for message in socket:
                    tell(key, 'text: ' + message if isinstance(message, str) else 'binary: ' + message.hex())
            except websockets.ConnectionClosed:
                pass
            tell(key, f'close {socket.close_code} {socket.close_reason}')
        hearing = asyncio.create_task(hear())
        while not hearing.done():
            waiting = asyncio.create_task(commands.get())
            await asyncio.wait({waiting, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                break
            what, data = waiting.result()
            if what == 'text': await socket.send(data)
            if what == 'binary': await socket.send(bytes.fromhex(data))
            if what == 'close': await socket.close(data[0], data[1])
        await hearing

async def main():
    queues, tasks, loop = {}, set(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        key, what, data = json.loads(line)
        if what == 'open':
            queues[key] = asyncio.Queue()
            tasks.add(asyncio.create_task(run(key, data, queues[key])))
        else:
            queues[key].put_nowait((what, data))

asyncio.run(main())
