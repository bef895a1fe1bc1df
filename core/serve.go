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

// Server is what [Telemetry.Serve] runs. An [http.Server] is one; the adapters
// of frameworks with a server of their own have one to offer, and [OnListener]
// makes one of a listener.
//
// Applications and frameworks may implement Server: it gets no further methods.
// What Serve can do with more is in methods that are looked for, as those below.
//
// Serve also calls these methods where a server has them:
//
//   - StopKeepAlives(), when it has been told to stop: answers from then on ask
//     clients to close their connections. The adapters' middlewares see to that
//     themselves, so only a server with other handlers needs it.
//   - Close() error, when the time for the requests in progress is over: it
//     closes their connections.
//   - Wait(context.Context) error, after Close: it waits until the handlers have
//     returned.
type Server interface {
	// ListenAndServe serves until Shutdown, and then returns nil or
	// [http.ErrServerClosed].
	ListenAndServe() error
	// Shutdown stops to accept connections and waits until the requests in
	// progress are answered or ctx is done.
	Shutdown(ctx context.Context) error
}

// OnListener returns srv as a [Server] that serves listener, such as a Unix
// socket or one that systemd has opened, in place of srv.Addr. Like Serve itself
// it speaks TLS where srv.TLSConfig has certificates. Its Shutdown closes the
// listener.
func OnListener(srv *http.Server, listener net.Listener) Server {
	return serving.OnListener(srv, listener)
}

// Serve runs server, and more, until ctx ends or the process receives SIGINT or
// SIGTERM. Then, all within the grace period (see [WithGracePeriod]), it
//
//   - goes on for the delay of [WithDrainDelay] if there is one, with answers
//     that ask clients to close their connections,
//   - stops accepting connections, and waits for the requests in progress and
//     for the tasks of [Telemetry.Go],
//   - sends what they left and shuts t down.
//
// The time that [WithShutdownTimeout] gives is kept for that, so that one
// request that hangs does not cost the telemetry of all others. When the time
// before is over, connections are closed, and the first half of the time that
// was kept is for handlers whose contexts have ended. A second signal ends all
// waiting at once, but not within half a second of the first: terminals and
// process managers often send two for one stop. See [WithoutSignals] to leave
// signals to the application. Where ctx has ended already, no server is started.
//
// An [http.Server] speaks TLS where its TLSConfig has certificates: Certificates,
// GetCertificate or GetConfigForClient. Serve wraps its Handler, to know of the
// requests in progress.
//
// Several servers, such as the application's and one for administration, end
// together, given to one call or each to a call of its own: what ends one ends
// all of them, and no call returns before t is shut down. Only a call whose
// server fails, as one that cannot listen does, returns that error right away,
// after its own servers have stopped and what has ended was sent; the servers of
// other calls go on. A call that comes when the end has begun starts nothing, and
// returns the error of the server whose failure is the reason.
//
// Serve returns nil after a clean stop, also when something else has shut a
// server down. Otherwise its error says what was wrong with the service.
// Telemetry that was lost is no such error: it is logged, counted in
// [Telemetry.Stats], and returned by [Telemetry.Shutdown].
func (t *Telemetry) Serve(ctx context.Context, server Server, more ...Server) error {
	t = t.ready()
	servers := []serving.Server{server}
	for _, s := range more {
		servers = append(servers, s)
	}
	return prefixed("core: serve", t.servers.Serve(ctx, t.service(), t.drainDelay, servers)...)
}

// service returns what servers serve for.
func (t *Telemetry) service() serving.Service {
	return serving.Service{
		Times: serving.Times{
			GracePeriod: t.gracePeriod, Reserve: settings.Sending(t.shutdownTimeout, t.gracePeriod), Flush: t.shutdownTimeout,
		},
		Signals: !t.withoutSignals,
		Draining: func() {
			// For servers that have no StopKeepAlives, and before somebody sees
			// that the drain has begun: no later answer keeps a connection.
			t.engine.ServerStopping()
			t.drain()
		},
		Closing: func() { t.engine.ServerClosed() },
		Rest:    t.rest,
		Starting: func() {
			if t.stopping.Load() {
				t.say(slog.LevelWarn, "core: the server starts after the telemetry was shut down: nothing of it is exported; call Setup again")
			}
		},
		Abandon: func(end *serving.End) {
			limit, cancel := context.WithTimeoutCause(end.All, t.shutdownTimeout, timelimit.OperationOver("flush", t.shutdownTimeout))
			defer cancel()
			// What is lost is logged and counted.
			_ = t.providers.Each(func(p *pipeline.Pipeline) error { return problemOf(p.Flush(limit)) })
		},
	}
}

// rest waits for what still works and shuts t down. It returns what is wrong
// with the service; what is wrong with the telemetry is logged.
func (t *Telemetry) rest(end *serving.End) []error {
	var tasks, exchanges error
	var waiting sync.WaitGroup
	waiting.Go(func() { tasks = t.tasks.Stop(end.Work, end.All) })
	waiting.Go(func() { exchanges = t.engine.Wait(end.Handlers) })
	waiting.Wait()
	if exchanges != nil && end.Handlers.Err() == nil {
		t.say(slog.LevelWarn, "core: a span is lost", slog.Any("error", exchanges))
		exchanges = nil
	}
	for _, problem := range t.shutdown(func() (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(end.All, t.shutdownTimeout, timelimit.OperationOver("shutdown", t.shutdownTimeout))
	}) {
		if problem != nil && !errors.Is(problem, ErrLost) { // losses are logged already
			t.say(slog.LevelWarn, "core: the telemetry has not ended well", slog.Any("error", problem))
		}
	}
	return []error{tasks, exchanges}
}
