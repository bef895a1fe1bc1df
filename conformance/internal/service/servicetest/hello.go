// Package servicetest has services for tests of packages that start services.
// It imports no package of this module.
package servicetest

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Hello answers every request with 200 and no body, until ctx ends.
func Hello(ctx context.Context, addr string, ready func()) error {
	return serve(ctx, addr, ready, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
}

// serve serves at addr until ctx ends.
func serve(ctx context.Context, addr string, ready func(), handler http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	ready()
	_ = server.Serve(listener)
	return nil
}
