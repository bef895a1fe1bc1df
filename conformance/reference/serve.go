package reference

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	// drainTimeout bounds the wait for requests in progress: the contract gives a
	// service 10 seconds for its whole end.
	drainTimeout = 5 * time.Second
	// headerTimeout bounds how long a client may take for the head of its request.
	headerTimeout = 30 * time.Second
)

// Serve serves a handler at addr until ctx ends, then waits up to 5 seconds for the
// requests in progress. It calls ready once connections are accepted. It does not end
// the telemetry: flush and shut down what you have set up when it has returned.
func Serve(ctx context.Context, addr string, handler http.Handler, ready func()) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ready()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err = server.Shutdown(draining)
	if served := <-served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
