package fiberotel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gofiber/fiber/v3"

	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel"
)

// Runner is a Fiber app that can be started and stopped like an *http.Server. Its methods
// are safe for concurrent use. A Runner must not be copied, and can serve only once.
type Runner struct {
	// server does the work of all methods.
	server fasthttpotel.Server
	// configError is the error that ListenAndServe returns if the configuration has settings
	// that Server does not support. Otherwise, it is nil.
	configError error
}

// Server returns a server of app at addr ("host:port") for (*core.Telemetry).Serve.
// config is the configuration for app.Listen. Its ListenerNetwork is "tcp4" by default. A
// Unix socket gets the mode UnixSocketFileMode, 0770 by default, and replaces a socket on
// which no server listens. It is an error if another server listens on the socket.
//
// Server changes app.Server(): it sets CloseOnShutdown, and wraps the hooks HeaderReceived and
// ConnState. Set these hooks before you call Server. If you set them later, they replace the
// hooks of Server, which it needs. To serve an app at several addresses, call Server for all
// of them before the first one serves.
//
// ListenAndServe returns an error for settings that Server does not support. GracefulContext
// is not supported, since Serve decides when to stop. EnablePrefork is not supported, since
// each process would need its own telemetry. TLS is not supported: use app.Listener or a
// proxy.
func Server(app *fiber.App, addr string, config ...fiber.ListenConfig) *Runner {
	switch {
	case app == nil:
		panic("fiberotel: Server: the *fiber.App is nil, want the result of fiber.New")
	case len(config) > 1:
		panic(fmt.Sprintf("fiberotel: Server: %d configs are given, want at most one", len(config)))
	}
	var c fiber.ListenConfig
	if len(config) > 0 {
		c = config[0]
	}
	if c.ListenerNetwork == "" {
		c.ListenerNetwork = fiber.NetworkTCP4
	}
	runner := &Runner{configError: checkConfig(c), server: fasthttpotel.Server{
		Network:    c.ListenerNetwork,
		Address:    addr,
		SocketMode: cmp.Or(c.UnixSocketFileMode, 0o770),
		HTTP:       app.Server(),
		Serve: func(ln net.Listener) error {
			if c.ListenerAddrFunc != nil {
				c.ListenerAddrFunc(ln.Addr())
			}
			return app.Listener(ln, c)
		},
		Stop: app.ShutdownWithContext,
	}}
	runner.server.Prepare()
	return runner
}

// checkConfig returns an error that names every field of c that Server does not
// support.
func checkConfig(c fiber.ListenConfig) error {
	var errs []error
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"GracefulContext", c.GracefulContext != nil},
		{"EnablePrefork", c.EnablePrefork},
		{"TLSConfig", c.TLSConfig != nil},
		{"TLSConfigFunc", c.TLSConfigFunc != nil},
		{"AutoCertManager", c.AutoCertManager != nil},
		{"CertFile", c.CertFile != ""},
		{"CertKeyFile", c.CertKeyFile != ""},
		{"CertClientFile", c.CertClientFile != ""},
	} {
		if field.set {
			errs = append(errs, fmt.Errorf("fiberotel: ListenConfig.%s is set, which Server does not support: remove it, or serve the app without Server", field.name))
		}
	}
	return errors.Join(errs...)
}

// ListenAndServe serves until Shutdown or Close is called, and then returns nil.
func (s *Runner) ListenAndServe() error {
	if s.configError != nil {
		return s.configError
	}
	return s.server.ListenAndServe()
}

// Shutdown stops accepting connections. It waits until all requests in progress are done,
// or until ctx ends. As in net/http, a new connection without a request counts as a request
// in progress for five seconds. If the server has not started, it can no longer be started.
func (s *Runner) Shutdown(ctx context.Context) error { return s.server.Shutdown(ctx) }

// StopKeepAlives makes each response from now on close its connection. Clients then do not
// send another request on a connection that is about to be closed.
func (s *Runner) StopKeepAlives() { s.server.StopKeepAlives() }

// Close closes the listener and all connections at once. Handlers continue, but their
// writes fail.
func (s *Runner) Close() error { return s.server.Close() }

// Wait waits until all handlers have returned, or until ctx ends. Call it after Close.
func (s *Runner) Wait(ctx context.Context) error { return s.server.Wait(ctx) }
