import sys

import requests

with requests.Session() as session:
    for method, target, body in [("GET", "/odd", None), ("GET", "/trailers", None), ("POST", "/echo", b"name=Ada"), ("GET", "/missing", None)]:
        answer = session.request(method, sys.argv[1] + target, data=body)
        print(answer.status_code, answer.reason, answer.headers.items(), answer.content)
