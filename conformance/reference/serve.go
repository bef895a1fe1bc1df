package reference

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	// drainTimeout limits the wait for requests in progress. The contract gives a service
	// 10 seconds for its whole shutdown.
	drainTimeout = 5 * time.Second
	// headerTimeout limits how long a client may take to send the request header.
	headerTimeout = 30 * time.Second
)

// Serve serves handler at addr until ctx ends, and then waits up to 5 seconds for
// requests in progress. It calls ready when it accepts connections. It does not shut down
// the telemetry: do that when Serve has returned.
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
