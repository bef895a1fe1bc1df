package recipes

import (
	"context"
	"net"

	"google.golang.org/grpc"
)

// GRPC has the methods of core.Server, so that Telemetry.Serve can run a gRPC server.
type GRPC struct {
	Server   *grpc.Server
	Listener net.Listener
}

// ListenAndServe serves until Shutdown is called.
func (s GRPC) ListenAndServe() error { return s.Server.Serve(s.Listener) }

// Shutdown waits for the calls in progress, and cancels them when ctx is done.
func (s GRPC) Shutdown(ctx context.Context) error {
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.Server.GracefulStop() }()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		s.Server.Stop()
		return ctx.Err()
	}
}
