import sys

import httpx

with httpx.Client() as client:
    for method, target, body in [("GET", "/odd", None), ("GET", "/trailers", None), ("POST", "/echo", b"name=Ada"), ("GET", "/missing", None)]:
        answer = client.request(method, sys.argv[1] + target, content=body)
        print(answer.status_code, answer.reason_phrase, answer.headers.multi_items(), answer.content)
