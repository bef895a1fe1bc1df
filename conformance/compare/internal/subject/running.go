package subject

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
	_ "github.com/samespan/samespan/core/runtimemetrics" // for OTEL_GO_RUNTIME_METRICS
)

// Exclusions are the exclusion rules of every subject's service.
var Exclusions = []string{"healthz", "metrics", "docs"}

// Run runs the subject on addr until ctx ends or the process receives a signal to stop. The
// environment variables configure the telemetry. next is the base URL of the next service
// in a chain, or "". If ready is not nil, Run calls it when the service accepts
// connections. Run passes the options to core.Setup. A subject that does not call
// core.Setup, because its Official or its Program is set, ignores them.
func (s Subject) Run(ctx context.Context, addr, next string, ready func(), options ...core.Option) error {
	if s.Program != nil {
		return s.runProgram(ctx, addr, ready)
	}
	variables, err := readVariables()
	if err != nil {
		return err
	}
	if s.Official {
		return s.runOfficial(ctx, variables, addr, next, ready)
	}
	defaults := append([]core.Option{core.WithServiceName(s.Name), core.WithExclude(Exclusions...)}, variables.options()...)
	tel, err := core.Setup(ctx, append(defaults, options...)...)
	if err != nil {
		return err
	}
	service, err := reference.New(reference.Dependencies{
		TracerProvider: tel.TracerProvider(),
		MeterProvider:  tel.MeterProvider(),
		Propagator:     tel.Propagator(),
		Logger:         s.logger(tel),
		Background:     s.background(tel),
		Lifecycle:      s.lifecycle(tel),
		Next:           next,
		Wiring:         variables.Service,
	})
	if err != nil {
		return errors.Join(err, tel.Shutdown(ctx))
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go signalReady(serving, addr, ready)
	wiring := Wiring{Telemetry: tel, Variables: variables}
	serve := func(server core.Server) error { return tel.Serve(ctx, server) }
	if s.Serve != nil {
		serve = func(server core.Server) error { return s.Serve(ctx, tel, server) }
	}
	if variables.AdminAddr != "" {
		admin := s.server(service, wiring, variables.AdminAddr)
		// Run returns only the error of the first server. The lifecycle waits for both
		// servers.
		go func() { _ = serve(admin) }()
	}
	err = serve(s.server(service, wiring, addr))
	return errors.Join(err, service.Close())
}

// lifecycle returns the lifecycle that the service's handlers call.
func (s Subject) lifecycle(tel *core.Telemetry) reference.Lifecycle {
	if s.Lifecycle == nil {
		return tel
	}
	return s.Lifecycle(tel)
}

// logger returns the service's logger, or nil if the service must not log.
func (s Subject) logger(tel *core.Telemetry) *slog.Logger {
	if s.Logger == nil {
		return nil
	}
	return s.Logger(tel)
}

// background returns the function that runs tasks that outlive a request.
func (s Subject) background(tel *core.Telemetry) func(context.Context, string, func(context.Context) error) {
	if s.Background == nil {
		return func(ctx context.Context, name string, task func(context.Context) error) { tel.Go(ctx, name, task) }
	}
	return func(ctx context.Context, name string, task func(context.Context) error) {
		s.Background(ctx, tel, name, task)
	}
}

// signalReady calls ready, if not nil, when the service accepts connections.
func signalReady(ctx context.Context, addr string, ready func()) {
	if ready != nil && awaitAccept(ctx, addr) {
		ready()
	}
}

// awaitAccept tries to connect to the service until the service accepts or ctx ends. It
// reports whether the service has accepted.
func awaitAccept(ctx context.Context, addr string) bool {
	var dialer net.Dialer
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := dialer.DialContext(ctx, "tcp", addr); err == nil {
			conn.Close()
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
