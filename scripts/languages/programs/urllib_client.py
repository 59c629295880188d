import sys, urllib.error, urllib.request

for method, target, body in [("GET", "/odd", None), ("GET", "/trailers", None), ("POST", "/echo", b"name=Ada"), ("GET", "/missing", None)]:
    request = urllib.request.Request(sys.argv[1] + target, body, method=method)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    print(answer.status, answer.reason, answer.headers.items(), answer.read())
