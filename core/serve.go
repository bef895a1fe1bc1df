package core

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/samespan/samespan/core/internal/pipeline"
	"github.com/samespan/samespan/core/internal/serving"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/core/internal/timelimit"
)

// Server is what [Telemetry.Serve] runs. An [http.Server] is a Server. The
// adapters of frameworks that have their own server provide one, and
// [OnListener] returns one for a listener.
//
// Applications and frameworks may implement Server: it will not get more
// methods. Optional methods are checked for at run time.
//
// Serve also calls these methods if the server has them:
//
//   - StopKeepAlives(), when Serve has been told to stop: from then on responses
//     ask clients to close their connections. The adapters' middlewares do this
//     themselves, so only a server with other handlers needs it.
//   - Close() error, when the time for the requests in progress is over: it
//     closes their connections.
//   - Wait(context.Context) error, after Close: it waits until the handlers have
//     returned.
type Server interface {
	// ListenAndServe serves until Shutdown is called, and then returns nil or
	// [http.ErrServerClosed].
	ListenAndServe() error
	// Shutdown stops accepting connections and waits until the requests in progress are
	// complete or ctx is done.
	Shutdown(ctx context.Context) error
}

// OnListener returns srv as a [Server] that uses listener in place of srv.Addr. The
// listener may be a Unix socket or one that systemd has opened. The server uses TLS if
// srv.TLSConfig has certificates, as with Serve. Its Shutdown closes the listener.
//
// To serve several listeners with the same srv, pass the result for each listener to the same
// call of Serve. All of them use TLS, or none does: for both, use two values of http.Server.
func OnListener(srv *http.Server, listener net.Listener) Server {
	return serving.OnListener(srv, listener)
}

// Serve runs server, and the servers in more, until ctx ends or the process
// receives SIGINT or SIGTERM. Then Serve takes the following steps, all within
// the grace period (see [WithGracePeriod]):
//
//   - It goes on serving for the delay of [WithDrainDelay], with responses that
//     ask clients to close their connections.
//   - It stops accepting connections, and waits for the requests in progress and
//     for the tasks of [Telemetry.Go].
//   - It exports the remaining telemetry and shuts t down.
//
// The last part of the grace period, as long as [WithShutdownTimeout] but at
// most half of the grace period, is reserved for the export, so that a request
// that hangs does not lose the telemetry of other requests. When the reserved time begins, connections are
// closed, which ends the contexts of their requests. Handlers have the first
// half of the reserved time to return. A second signal ends all waiting at once,
// unless it comes within half a second of the first: terminals and process
// managers often send two signals to stop a process once. See [WithoutSignals]
// to leave signals to the application. If ctx has ended already, no server is
// started.
//
// An [http.Server] serves TLS if its TLSConfig sets Certificates,
// GetCertificate or GetConfigForClient. Serve wraps its Handler to track the
// requests in progress.
//
// Several servers, such as those of the application and its administration,
// stop together, whether they are given to one call or to several: when one is
// stopped all are, and no call returns before t is shut down. If a server
// fails, for example because it cannot listen or is nil, its call stops its other
// servers, exports the telemetry so far and returns the error; the servers of
// other calls go on. A call after the shutdown has begun starts nothing; if a
// failed server was the reason, the call returns that error.
//
// Serve returns nil after a clean stop, including when other code has shut a
// server down. Otherwise the error says what went wrong in the service. Lost
// telemetry is not an error of Serve: it is logged, counted in
// [Telemetry.Stats], and returned by [Telemetry.Shutdown].
func (t *Telemetry) Serve(ctx context.Context, server Server, more ...Server) error {
	t = t.ensureInitialized()
	servers := []serving.Server{server}
	for _, s := range more {
		servers = append(servers, s)
	}
	return joinWithPrefix("core: serve", t.servers.Serve(ctx, t.servingService(), t.drainDelay, servers)...)
}

// servingService returns the time limits and the callbacks of t for package serving.
func (t *Telemetry) servingService() serving.Service {
	return serving.Service{
		Times: serving.Times{
			GracePeriod: t.gracePeriod, Reserve: settings.Sending(t.shutdownTimeout, t.gracePeriod), Flush: t.shutdownTimeout,
		},
		Signals: !t.withoutSignals,
		Draining: func() {
			// ServerStopping makes the middlewares ask clients to close their
			// connections, for servers without StopKeepAlives. Call it before
			// startDraining, so that no later response keeps its connection open.
			t.engine.ServerStopping()
			t.startDraining()
		},
		Closing: func() { t.engine.ServerClosed() },
		Rest:    t.waitAndShutDown,
		Starting: func() {
			if t.finalExportBegun.Load() {
				t.logSelf(slog.LevelWarn, "core: the server starts after the telemetry was shut down: none of its telemetry is exported; call Setup again")
			}
		},
		Abandon: func(end *serving.End) {
			limit, cancel := context.WithTimeoutCause(end.All, t.shutdownTimeout, timelimit.OperationOver("flush", t.shutdownTimeout))
			defer cancel()
			// The errors are dropped here: losses are logged and counted.
			_ = t.providers.Each(func(p *pipeline.Pipeline) error { return lossError(p.Flush(limit)) })
		},
	}
}

// waitAndShutDown waits for requests and tasks, and then shuts down t. The contexts in end
// limit these steps. It returns an error if requests or tasks did not end in time. Errors of
// the telemetry are only logged.
func (t *Telemetry) waitAndShutDown(end *serving.End) []error {
	var tasks, exchanges error
	var waiting sync.WaitGroup
	waiting.Go(func() { tasks = t.tasks.Stop(end.Work, end.All) })
	waiting.Go(func() { exchanges = t.engine.Wait(end.Handlers) })
	waiting.Wait()
	if exchanges != nil && end.Handlers.Err() == nil {
		t.logSelf(slog.LevelWarn, "core: a span is lost", slog.Any("error", exchanges))
		exchanges = nil
	}
	for _, problem := range t.shutdown(func() (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(end.All, t.shutdownTimeout, timelimit.OperationOver("shutdown", t.shutdownTimeout))
	}) {
		if problem != nil && !errors.Is(problem, ErrLost) { // losses are already logged
			t.logSelf(slog.LevelWarn, "core: telemetry was not shut down cleanly", slog.Any("error", problem))
		}
	}
	return []error{tasks, exchanges}
}
