package snippet

import (
	"context"
	"net/http"

	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/errgroup"

	"github.com/samespan/samespan/core"
)

// Autocert is a service with certificates from an ACME authority.
func Autocert(ctx context.Context, tel *core.Telemetry, handler http.Handler) error {
	manager := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist("orders.example.com"),
		Cache:      autocert.DirCache("/var/lib/orders/certificates"),
	}
	return tel.Serve(ctx,
		&http.Server{Addr: ":443", TLSConfig: manager.TLSConfig(), Handler: handler},
		&http.Server{Addr: ":80", Handler: manager.HTTPHandler(nil)}, // challenges, and redirects to HTTPS
	)
}

// Errgroup is a service that starts its servers in an errgroup.Group.
func Errgroup(ctx context.Context, tel *core.Telemetry, app, admin *http.Server) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return tel.Serve(ctx, app) })
	group.Go(func() error { return tel.Serve(ctx, admin) })
	return group.Wait() // the error of the server that failed, nil after a clean stop
}
