package handlers

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
)

// Constants of the contract.
const (
	// FileSize is the size of the file that GET /file serves.
	FileSize = 100_000
	// Events is the number of events of GET /stream. eventInterval is the time between two
	// events.
	Events        = 5
	eventInterval = 10 * time.Millisecond
	// backgroundWorkTime is how long the task of GET /background runs after the response.
	backgroundWorkTime = 50 * time.Millisecond
	// UpgradeProtocol is the protocol that GET /upgrade switches to.
	UpgradeProtocol = "echo"
	// maxSlowTime limits how long GET /slow/{ms} waits. callTimeout limits how long an
	// outgoing call takes.
	maxSlowTime = time.Minute
	callTimeout = 30 * time.Second
)

// Config has functions that call OpenTelemetry's API, on which this module does not
// depend.
type Config struct {
	// Span starts an INTERNAL span in ctx, with string and integer attributes,
	// and returns the context with the span and a function that ends it.
	Span func(ctx context.Context, name string, attributes map[string]any) (context.Context, func())
	// Processed adds 1 to the counter reference.processed.
	Processed func(ctx context.Context)
	// Baggage returns the baggage members of ctx. SetBaggage adds the members of a
	// baggage list to ctx. If they are nil, there is no GET /baggage, and X-Set-Baggage
	// has no effect.
	Baggage    func(ctx context.Context) map[string]string
	SetBaggage func(ctx context.Context, list string) (context.Context, error)
	// Describe sets the name of the current span, and sets its status to ERROR with the
	// description. If nil, there is no GET /described/{code}.
	Describe func(ctx context.Context, name, description string)
	// Client makes outgoing calls with trace context and baggage. If nil, there
	// is no POST /relay.
	Client *http.Client
	// Logger is the service's logger; if nil, the service logs nothing.
	Logger *slog.Logger
	// Background runs a task that outlives its request. If nil, GET /background
	// answers 501.
	Background func(ctx context.Context, name string, task func(context.Context) error)
	// Lifecycle shuts down telemetry while the service runs. If nil, POST
	// /lifecycle/{action} answers 501.
	Lifecycle Lifecycle
	// Next, if set, is the base URL of the next service in a chain: its
	// /process/{item_id} is called with Client.
	Next string
	// Wiring has the settings of the contract's variables.
	Wiring Wiring
}

// Service implements the reference service independently of frameworks.
type Service struct {
	Config
	dir         string // temporary directory with the files that the service serves
	errorCounts errorCounts

	mu           sync.Mutex
	currentRound *releaseRound // has the tasks that the next POST /release releases
	// heldReleased is closed by LetGo; nil if no response is held.
	heldReleased chan struct{}
}

// New returns a service, which the caller must close.
func New(config Config) (*Service, error) {
	if config.Span == nil || config.Processed == nil {
		return nil, errors.New("reference: Span or Processed is nil, want the functions that start a span and count a request")
	}
	dir, err := os.MkdirTemp("", "samespan-reference-")
	if err != nil {
		return nil, fmt.Errorf("reference: create a directory for GET /file: %w", err)
	}
	s := &Service{Config: config, currentRound: newReleaseRound(), dir: dir}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Client != nil {
		client := *s.Client
		client.Timeout = callTimeout
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		s.Client = &client
	}
	if err := s.writeFiles(); err != nil {
		return nil, errors.Join(fmt.Errorf("reference: %w", err), s.Close())
	}
	return s, nil
}

// writeFiles writes the files that the service serves.
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

// Close ends the tasks that wait for [Service.Release], and removes the service's files.
func (s *Service) Close() error {
	s.Release()
	return os.RemoveAll(s.dir)
}

// File returns the path of the file that GET /file serves.
func (s *Service) File() string { return filepath.Join(s.dir, "file.txt") }

// StaticDir returns the directory that is served below /static/.
func (s *Service) StaticDir() string { return filepath.Join(s.dir, "static") }

// Processed is the answer of GET /process/{item_id}.
type Processed struct {
	ItemID string `json:"item_id"`
	Status string `json:"status"`
}

// Process does the work of GET /process/{item_id} in a span of its own, writes a log
// record, and counts the request if it is a GET.
func (s *Service) Process(ctx context.Context, method, itemID string) (Processed, error) {
	// processing.status is set at the start of the span, although the work may still fail.
	ctx, end := s.Span(ctx, "process_item_logic", map[string]any{"item.id": itemID, "processing.status": "completed"})
	defer end()
	s.Logger.LogAttrs(ctx, slog.LevelInfo, "processing", slog.String("item.id", itemID))
	if s.Next != "" {
		status, err := s.call(ctx, http.MethodGet, s.Next+"/process/"+url.PathEscape(itemID), nil)
		if err != nil {
			return Processed{}, err
		}
		if status != http.StatusOK {
			return Processed{}, fmt.Errorf("reference: the next service responded with status %d", status)
		}
	}
	if method == http.MethodGet {
		s.Processed(ctx)
	}
	return Processed{ItemID: itemID, Status: "processed"}, nil
}

// Probe starts a span in a health check. The span must not be exported, since the request
// is excluded.
func (s *Service) Probe(ctx context.Context) string {
	_, end := s.Span(ctx, "excluded_logic", nil)
	end()
	return "ok"
}

// WorkOn starts a background task that outlives the response. It returns the status and
// the body of the response.
func (s *Service) WorkOn(ctx context.Context) (status int, body string) {
	if s.Background == nil {
		return http.StatusNotImplemented, "the instrumentation does not support background tasks"
	}
	s.Background(ctx, "background_task", func(ctx context.Context) error {
		attributes := make(map[string]any)
		if tenant, ok := s.Members(ctx)["tenant"]; ok {
			attributes["baggage.tenant"] = tenant
		}
		ctx, end := s.Span(ctx, "background_work", attributes)
		defer end()
		return sleepContext(ctx, backgroundWorkTime)
	})
	return http.StatusAccepted, Accepted
}

// Stream sends server-sent events, each in a span. send must flush.
func (s *Service) Stream(ctx context.Context, send func(event string) error) error {
	for i := range Events {
		if i > 0 {
			if err := sleepContext(ctx, eventInterval); err != nil {
				return err
			}
		}
		_, end := s.Span(ctx, "stream_event", map[string]any{"event.number": i + 1})
		err := send(fmt.Sprintf("data: %d\n\n", i+1))
		end()
		if err != nil {
			return err
		}
	}
	return nil
}

// Slow waits for the given time, or until the client disconnects.
func (s *Service) Slow(ctx context.Context, milliseconds string) error {
	n, err := strconv.Atoi(milliseconds)
	d := time.Duration(n) * time.Millisecond
	if err != nil || d < 0 || d > maxSlowTime {
		return fmt.Errorf("reference: got %q, want a number of milliseconds from 0 to %d", milliseconds, maxSlowTime.Milliseconds())
	}
	return sleepContext(ctx, d)
}

// Status parses the status code of /status/{code} and /fail/{code}.
func Status(code string) (int, error) {
	n, err := strconv.Atoi(code)
	if err != nil || n < 200 || n > 599 {
		return 0, fmt.Errorf("reference: got %q, want an HTTP status from 200 to 599", code)
	}
	return n, nil
}

// StatusBody returns the body of a response with the status, "" if such a response has no
// body.
func StatusBody(status int) string {
	if status == http.StatusNoContent || status == http.StatusNotModified {
		return ""
	}
	return fmt.Sprintf("status %d", status)
}

// Accepted is the answer of GET /background and GET /after/{item_id}.
const Accepted = "accepted"

// sleepContext waits for d, or until ctx ends.
func sleepContext(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
