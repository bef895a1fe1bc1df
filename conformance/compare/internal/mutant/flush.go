package mutant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
)

// runningServers counts the running servers of the process. A mutant calls its method Wait to
// flush only after all servers have shut down.
var runningServers sync.WaitGroup

// flushMutants are the mutants that break the checks flush/*.
var flushMutants = []Mutant{
	{
		Name: "ends-without-a-flush",
		Breaks: []string{
			"flush/end", "flush/sigterm", "flush/in-flight", "flush/background", "flush/two-servers", "flush/too-large", "flush/refused",
			"flush/black-hole", "flush/overflow", "flush/refused-answer", "parent/background",
		},
		Serve: func(ctx context.Context, _ *core.Telemetry, server core.Server) error {
			return serveUntilSignal(ctx, server, func() error { return server.Shutdown(ctx) })
		},
		Background: goDelayed,
	},
	{
		Name: "drops-requests-at-the-end", Breaks: []string{"flush/in-flight", "flush/two-servers"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			return serveUntilSignal(ctx, server, func() error {
				err := server.(*http.Server).Close()
				_ = tel.Shutdown(ctx) // Shutdown logs the number of lost spans.
				return err
			})
		},
	},
	{
		Name: "forgets-its-background-tasks", Breaks: []string{"flush/background", "parent/background"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			runningServers.Add(1)
			return serveUntilSignal(ctx, server, func() error {
				// tel.Shutdown would wait for background tasks, but ForceFlush does not. So
				// the mutant loses the spans of tasks that are still running.
				ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
				defer cancel()
				err := server.Shutdown(ctx)
				runningServers.Done()
				runningServers.Wait()
				if tel.ForceFlush(ctx) != nil {
					_ = tel.Shutdown(ctx) // Shutdown logs the number of lost spans.
				}
				return err
			})
		},
		Background: goDelayed,
	},
	{
		Name: "ends-with-its-first-server", Breaks: []string{"flush/two-servers"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			return serveUntilSignal(ctx, server, func() error {
				err := server.Shutdown(ctx)
				_ = tel.Shutdown(ctx) // Shutdown logs the number of lost spans.
				return err
			})
		},
	},
	{
		Name: "ends-with-an-exit-status",
		Breaks: []string{
			"flush/sigterm", "flush/in-flight", "flush/background", "flush/cancelled", "flush/idempotent", "flush/two-servers", "flush/too-large",
			"flush/refused", "flush/black-hole", "flush/refused-answer",
		},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			return errors.Join(tel.Serve(ctx, server), errors.New("SIGTERM is taken for a failure"))
		},
	},
	{
		Name:   "fails-for-what-is-lost",
		Breaks: []string{"flush/refused", "flush/black-hole", "flush/refused-answer"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			return errors.Join(tel.Serve(ctx, server), lossError(tel))
		},
	},
	{
		Name: "gives-up-when-cancelled", Breaks: []string{"flush/cancelled"},
		Lifecycle: func(tel *core.Telemetry) reference.Lifecycle { return contextCheckingLifecycle{tel} },
	},
	{
		Name: "shuts-down-once-only", Breaks: []string{"flush/idempotent"},
		Lifecycle: func(tel *core.Telemetry) reference.Lifecycle { return &singleShutdownLifecycle{Telemetry: tel} },
	},
	{
		Name: "answers-503-after-the-shutdown", Breaks: []string{"flush/after"},
		Outer: func(next http.Handler) http.Handler {
			var down atomic.Bool
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if down.Load() {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(w, r)
				if r.URL.Path == "/lifecycle/shutdown" {
					down.Store(true)
				}
			})
		},
	},
	{
		Name: "exports-before-it-answers", Breaks: []string{"flush/refused", "flush/black-hole", "flush/overflow"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			s := server.(*http.Server)
			next := s.Handler
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					flushed := make(chan struct{})
					go func() {
						defer close(flushed)
						// Longer than an export takes on a busy machine: an export that is
						// cut off is repeated.
						ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
						defer cancel()
						_ = tel.ForceFlush(ctx)
					}()
					select {
					case <-flushed:
					case <-time.After(400 * time.Millisecond): // so that the check ends in time
					}
				}()
				next.ServeHTTP(w, r)
			})
			return tel.Serve(ctx, s)
		},
	},
	{
		Name: "loses-without-a-word", Breaks: []string{"flush/refused", "flush/black-hole", "flush/overflow", "flush/refused-answer", "error/hook"},
		Options: []core.Option{core.WithLogger(slog.New(slog.DiscardHandler))},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			_ = tel.Serve(ctx, server)
			return nil
		},
	},
	{
		Name: "waits-for-the-collector", Breaks: []string{"flush/refused", "flush/black-hole", "flush/refused-answer"},
		Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			err := tel.Serve(ctx, server)
			if lossError(tel) != nil {
				select {}
			}
			return err
		},
	},
	{
		Name: "logs-for-every-request", Breaks: []string{"flush/overflow", "transparent/response"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(os.Stderr, "a span is started")
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "gives-the-collector-up", Breaks: []string{"flush/recovery", "flush/too-large"},
		GivesUp: true,
	},
	{
		Name: "keeps-a-dumb-connection", Breaks: []string{"flush/recovery"},
		KeepsConnection: true,
	},
	{
		Name: "loses-what-is-too-large", Breaks: []string{"flush/too-large"},
		Answer: func(err error) error {
			if status.Code(err) == codes.ResourceExhausted {
				return status.Error(codes.InvalidArgument, "the mutant does not divide a batch")
			}
			return err
		},
	},
	{
		Name: "believes-every-answer", Breaks: []string{"flush/refused-answer"},
		Believes: true,
	},
	{
		Name: "loses-a-batch-to-a-byte", Breaks: []string{"flush/hostile-bytes"},
		Traces: func(r *collectortrace.ExportTraceServiceRequest) {
			hostile := false
			changeSpans(func(s *tracepb.Span) {
				for _, a := range s.GetAttributes() {
					hostile = hostile || strings.Contains(a.GetValue().String(), "\uFFFD")
				}
			})(r)
			if hostile {
				r.ResourceSpans = nil
			}
		},
	},
}

// goDelayed is like tel.Go, but runs task only after a second. In a service that does not wait
// for its tasks, they are therefore still running when the service ends.
func goDelayed(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error) {
	tel.Go(ctx, name, func(ctx context.Context) error {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
		return task(ctx)
	})
}

// lossError returns an error if more than a few spans were lost. A few may end after a
// shutdown, while the service is still running.
func lossError(tel *core.Telemetry) error {
	const few = 10
	if s := tel.Stats().Traces; s.Failed+s.Dropped > few {
		return fmt.Errorf("%d spans are lost", s.Failed+s.Dropped)
	}
	return nil
}

// serveUntilSignal serves until the process receives a signal to stop, and then calls
// end.
func serveUntilSignal(ctx context.Context, server core.Server, end func() error) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	return end()
}

// contextCheckingLifecycle is a lifecycle whose shutdown does nothing if the given context has
// ended.
type contextCheckingLifecycle struct{ *core.Telemetry }

func (g contextCheckingLifecycle) Shutdown(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return g.Telemetry.Shutdown(ctx)
}

// singleShutdownLifecycle is a lifecycle whose second shutdown returns an error.
type singleShutdownLifecycle struct {
	*core.Telemetry
	isShutdown atomic.Bool
}

func (o *singleShutdownLifecycle) Shutdown(ctx context.Context) error {
	if o.isShutdown.Swap(true) {
		return errors.New("it is shut down already")
	}
	return o.Telemetry.Shutdown(ctx)
}
