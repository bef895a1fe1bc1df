// Package servicetest has a service for the tests of the packages that start one.
// It imports nothing of this module.
package servicetest

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Hello answers every request with 200 and no body, until ctx ends.
func Hello(ctx context.Context, addr string, ready func()) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }),
		ReadHeaderTimeout: time.Minute,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	ready()
	_ = server.Serve(listener)
	return nil
}
