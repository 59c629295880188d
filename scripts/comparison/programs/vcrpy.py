"""Asks for everything by http.client, recorded or replayed by vcrpy. Arguments: as for node.mjs."""

import contextlib
import http.client
import json
import os
import sys
import time

_, _tool, phase, folder, port = sys.argv
seen = {}


def ask(path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        result = {
            "status": response.status,
            "reason": response.reason,
            "fields": [list(field) for field in response.getheaders()],
            "interim": [],
            "trailers": [],
            "pieces": [],
        }
        try:
            result["pieces"].append(response.read().decode())
        except http.client.IncompleteRead as error:
            result["pieces"].append(error.partial.decode())
            result["error"] = "IncompleteRead"
        except OSError as error:
            result["error"] = type(error).__name__
        return result
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}
    finally:
        connection.close()


def ask_all():
    if phase == "replay":
        seen["miss"] = ask("/items?page=2")
    for page in (1, 3, 4):
        seen[f"items-{page}"] = ask(f"/items?page={page}")
    if "WAIT_TO_BE_KILLED" in os.environ:
        print("ready", flush=True)
        time.sleep(60)
    for path in ("fields", "trailers", "early", "pieces", "cut", "reset", "malformed"):
        seen[path] = ask(f"/{path}")
    seen["secret"] = ask("/secret", {"Authorization": "Bearer " + os.environ["SECRET"]})


if phase == "plain":
    cassette = contextlib.nullcontext()
else:
    import vcr

    cassette = vcr.use_cassette(f"{folder}/vcrpy.yaml", record_mode="all" if phase == "record" else "none")
with cassette:
    ask_all()
print(json.dumps(seen))
