package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ExpectContinueTimeout = 5 * time.Second
	client := &http.Client{Transport: transport}
	for _, ask := range []struct{ method, target, body string }{
		{"GET", "/odd", ""}, {"GET", "/trailers", ""}, {"POST", "/echo", "name=Ada"}, {"GET", "/missing", ""},
	} {
		request, err := http.NewRequest(ask.method, os.Args[1]+ask.target, strings.NewReader(ask.body))
		if err != nil {
			panic(err)
		}
		if ask.body != "" {
			request.Header.Set("Expect", "100-continue")
		}
		answer, err := client.Do(request)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		body, err := io.ReadAll(answer.Body)
		fmt.Println(answer.Status, answer.Header, string(body), answer.Trailer, err)
		answer.Body.Close()
	}
}
