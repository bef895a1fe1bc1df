package mutant

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// startAlwaysSucceedingForwarder starts a server and sets endpointVariable to the server's
// address, so that the service exports to the server with http/protobuf. The server forwards
// each export with its headers to the previous endpoint and follows redirects. It responds to
// the service with a success, regardless of the endpoint's response.
func startAlwaysSucceedingForwarder() (closeForwarder func(), err error) {
	endpoint := os.Getenv(endpointVariable)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("believer: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed, err := http.NewRequestWithContext(r.Context(), r.Method, endpoint+r.URL.Path, r.Body)
		if err == nil {
			passed.Header = r.Header.Clone()
			var answer *http.Response
			if answer, err = http.DefaultClient.Do(passed); err == nil {
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		w.WriteHeader(http.StatusOK)
	})}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, os.Setenv(endpointVariable, "http://"+listener.Addr().String())
}
