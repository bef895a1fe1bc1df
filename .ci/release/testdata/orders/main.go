// Command orders replaces the README's programs in tests. It sends the same responses,
// without telemetry, and prints the text that the test passes as an argument.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if os.Args[2] == "fail" {
		os.Exit(3)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/healthz":
				fmt.Fprintln(w, "ok")
			case "/metrics":
				fmt.Fprint(w, `{"Traces":{"Ended":2,"Exported":0}}`)
			default:
				fmt.Fprintf(w, `{"item_id":%q}`, os.Args[3])
			}
		}))
	}()
	<-ctx.Done()
	fmt.Println(os.Args[2])
}
