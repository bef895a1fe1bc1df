package reference

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The contract's constants.
const (
	// FileSize is the size of the file that GET /file answers with.
	FileSize = 100_000
	// Events is the number of events of GET /stream, eventInterval the time
	// between two.
	Events        = 5
	eventInterval = 10 * time.Millisecond
	// backgroundWork is how long GET /background goes on after its answer.
	backgroundWork = 50 * time.Millisecond
	// upgradeProtocol is what GET /upgrade switches to.
	upgradeProtocol = "echo"
	// slowest bounds GET /slow/{ms}, callTimeout an outgoing call.
	slowest     = time.Minute
	callTimeout = 30 * time.Second
)

// scope is the service's own instrumentation scope.
const scope = "github.com/samespan/samespan/conformance/compare/internal/reference"

// Dependencies are what the service is wired with.
type Dependencies struct {
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	Propagator     propagation.TextMapPropagator
	// Logger is what the service logs to; nil logs nothing.
	Logger *slog.Logger
	// Background runs a task that outlives its request. Nil where the
	// instrumentation has no such thing: GET /background answers 501.
	Background func(ctx context.Context, name string, task func(context.Context) error)
	// Lifecycle ends telemetry while the service goes on. Nil where the
	// instrumentation has none: POST /lifecycle/{action} answers 501.
	Lifecycle Lifecycle
	// Next, when set, is the base URL of a service whose /process/{item_id}
	// this one's calls: a link of a chain.
	Next string
	// Wiring is what the contract's variables change.
	Wiring Wiring
}

// Service is what the reference service does, whatever the framework.
type Service struct {
	tracer     trace.Tracer
	processed  metric.Int64Counter
	logger     *slog.Logger
	client     *http.Client
	background func(context.Context, string, func(context.Context) error)
	next       string
	dir        string
	observed   observed

	lifecycle Lifecycle
	wiring    Wiring

	mu    sync.Mutex
	after *round
	// held is closed by LetGo; nil while nothing is held.
	held chan struct{}
}

// New returns a service; it must be closed.
func New(d Dependencies) (*Service, error) {
	dir, err := os.MkdirTemp("", "samespan-reference-")
	if err != nil {
		return nil, fmt.Errorf("reference: folder for the file: %w", err)
	}
	s := &Service{
		tracer:     d.TracerProvider.Tracer(scope),
		logger:     d.Logger,
		after:      newRound(),
		background: d.Background,
		lifecycle:  d.Lifecycle,
		next:       d.Next,
		wiring:     d.Wiring,
		dir:        dir,
		client: &http.Client{
			Timeout: callTimeout,
			Transport: otelhttp.NewTransport(http.DefaultTransport,
				otelhttp.WithTracerProvider(d.TracerProvider),
				otelhttp.WithPropagators(d.Propagator)),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.processed, err = d.MeterProvider.Meter(scope).Int64Counter("reference.processed",
		metric.WithDescription("Answered requests for /process/{item_id}."), metric.WithUnit("{request}"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reference: %w", err), s.Close())
	}
	if err := s.writeFiles(); err != nil {
		return nil, errors.Join(fmt.Errorf("reference: %w", err), s.Close())
	}
	return s, nil
}

// writeFiles writes what the service serves from disk.
func (s *Service) writeFiles() error {
	content := make([]byte, FileSize)
	for i := range content {
		content[i] = 'a' + byte(i%26)
	}
	if err := os.WriteFile(s.File(), content, 0o600); err != nil {
		return err
	}
	if err := os.Mkdir(s.StaticDir(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.StaticDir(), "hello.txt"), []byte("hello\n"), 0o600)
}

// Close ends what still waits and removes the service's files.
func (s *Service) Close() error {
	s.Release()
	return os.RemoveAll(s.dir)
}

// File is the path of the file that GET /file answers with.
func (s *Service) File() string { return filepath.Join(s.dir, "file.txt") }

// StaticDir is the directory that is served below /static/.
func (s *Service) StaticDir() string { return filepath.Join(s.dir, "static") }

// Processed is the answer of GET /process/{item_id}.
type Processed struct {
	ItemID string `json:"item_id"`
	Status string `json:"status"`
}

// Process does the work of GET /process/{item_id} in a span of its own, logs
// it, and counts the GET requests.
func (s *Service) Process(ctx context.Context, method, itemID string) (Processed, error) {
	ctx, span := s.tracer.Start(ctx, "process_item_logic", trace.WithAttributes(attribute.String("item.id", itemID)))
	defer span.End()
	s.logger.LogAttrs(ctx, slog.LevelInfo, "processing", slog.String("item.id", itemID))
	if s.next != "" {
		status, err := s.call(ctx, http.MethodGet, s.next+"/process/"+url.PathEscape(itemID), nil)
		if err != nil {
			return Processed{}, err
		}
		if status != http.StatusOK {
			return Processed{}, fmt.Errorf("reference: the next service answered %d", status)
		}
	}
	span.SetAttributes(attribute.String("processing.status", "completed"))
	if method == http.MethodGet {
		s.processed.Add(ctx, 1)
	}
	return Processed{ItemID: itemID, Status: "processed"}, nil
}

// Probe starts a span under a health check, which shows when it is exported
// although the request was excluded.
func (s *Service) Probe(ctx context.Context) string {
	_, span := s.tracer.Start(ctx, "excluded_logic")
	span.End()
	return "ok"
}

// Background works on after the answer, and returns that answer.
func (s *Service) Background(ctx context.Context) (status int, body string) {
	if s.background == nil {
		return http.StatusNotImplemented, "the instrumentation offers no background tasks"
	}
	s.background(ctx, "background_task", func(ctx context.Context) error {
		ctx, span := s.tracer.Start(ctx, "background_work")
		defer span.End()
		if tenant := baggage.FromContext(ctx).Member("tenant"); tenant.Key() != "" {
			span.SetAttributes(attribute.String("baggage.tenant", tenant.Value()))
		}
		return wait(ctx, backgroundWork)
	})
	return http.StatusAccepted, accepted
}

// Stream sends server-sent events, a span each. send must flush.
func (s *Service) Stream(ctx context.Context, send func(event string) error) error {
	for i := range Events {
		if i > 0 {
			if err := wait(ctx, eventInterval); err != nil {
				return err
			}
		}
		_, span := s.tracer.Start(ctx, "stream_event", trace.WithAttributes(attribute.Int("event.number", i+1)))
		err := send(fmt.Sprintf("data: %d\n\n", i+1))
		span.End()
		if err != nil {
			return err
		}
	}
	return nil
}

// Slow waits, or until the client leaves.
func (s *Service) Slow(ctx context.Context, milliseconds string) error {
	n, err := strconv.Atoi(milliseconds)
	d := time.Duration(n) * time.Millisecond
	if err != nil || d < 0 || d > slowest {
		return fmt.Errorf("reference: %q is not a number of milliseconds up to %d", milliseconds, slowest.Milliseconds())
	}
	return wait(ctx, d)
}

// Status reads the code of /status/{code} and /fail/{code}.
func Status(code string) (int, error) {
	n, err := strconv.Atoi(code)
	if err != nil || n < 200 || n > 599 {
		return 0, fmt.Errorf("reference: %q is not a final HTTP status from 200 to 599", code)
	}
	return n, nil
}

// statusBody is the body of an answer with that status, "" where it has none.
func statusBody(status int) string {
	if status == http.StatusNoContent || status == http.StatusNotModified {
		return ""
	}
	return fmt.Sprintf("status %d", status)
}

// accepted is the answer of GET /background and GET /after/{item_id}.
const accepted = "accepted"

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
