package core

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/internal/logtest"
)

// writerFunc implements io.Writer by a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// slogHandlerFunc implements slog.Handler by a function.
type slogHandlerFunc func(slog.Record)

func (f slogHandlerFunc) Enabled(context.Context, slog.Level) bool           { return true }
func (f slogHandlerFunc) Handle(_ context.Context, record slog.Record) error { f(record); return nil }
func (f slogHandlerFunc) WithAttrs([]slog.Attr) slog.Handler                 { return f }
func (f slogHandlerFunc) WithGroup(string) slog.Handler                      { return f }

// TestDevelopmentNeverBlocks proves that no request waits for the writer of
// WithDevelopment or for the logger, that the service ends in time, and that
// telemetry that was not printed is counted as lost.
func TestDevelopmentNeverBlocks(t *testing.T) {
	testEnded := make(chan struct{})
	defer close(testEnded)
	failed := errors.New("no space left")
	reader, pipe, err := os.Pipe() // the test never reads from it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = reader.Close(), pipe.Close() }()
	for name, write := range map[string]func([]byte) (int, error){
		"a writer that blocks": func([]byte) (int, error) { <-testEnded; return 0, failed },
		"a full pipe":          pipe.Write,
		"a writer that fails":  func([]byte) (int, error) { return 0, failed },
		"a writer that panics": func([]byte) (int, error) { panic("no terminal") },
		"half a write":         func(p []byte) (int, error) { return len(p) / 2, failed },
	} {
		t.Run(name, func(t *testing.T) {
			var tracer atomic.Pointer[trace.Tracer]
			logger := slog.New(slogHandlerFunc(func(record slog.Record) {
				if tracer := tracer.Load(); tracer != nil {
					_, span := (*tracer).Start(context.Background(), record.Message)
					span.End()
				}
			}))
			tel := setup(t, []string{"OTEL_LOGS_EXPORTER", "console", "OTEL_METRICS_EXPORTER", "console"},
				WithDevelopment(writerFunc(write)), WithLogger(logger), WithShutdownTimeout(200*time.Millisecond))
			spanTracer := tel.TracerProvider().Tracer("test")
			tracer.Store(&spanTracer)
			const requests = 2000
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range requests {
					ctx, root := spanTracer.Start(context.Background(), strings.Repeat("long", 100))
					_, child := spanTracer.Start(ctx, "child")
					child.End()
					root.End()
				}
				emitRecords(t, tel, requests)
				recordSeries(t, tel, 1)
			}()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatal("requests wait for the writer")
			}
			_ = tel.ForceFlush(t.Context()) // logs what was lost
			began := time.Now()
			if err := tel.Shutdown(t.Context()); err == nil {
				t.Error("got no error of the shutdown, want one that counts what was not printed")
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the shutdown took %v", took)
			}
			eventually(t, "an account of everything", func() bool {
				s := tel.Stats()
				return s.Traces.Queued == 0 && s.Logs.Queued == 0 && s.Traces.Ended >= 2*requests && s.Logs.Ended == requests
			})
			if s := tel.Stats(); s.Traces.Failed+s.Traces.Dropped == 0 || s.Logs.Failed+s.Logs.Dropped == 0 {
				t.Errorf("got %+v, want what was not printed counted as lost", s)
			}
		})
	}
}

// TestDevelopmentResumesOnceWriterWorks proves that output resumes once the writer works
// again.
func TestDevelopmentResumesOnceWriterWorks(t *testing.T) {
	output := new(logtest.Buffer)
	writerReady := make(chan struct{})
	tel := setup(t, nil, WithDevelopment(writerFunc(func(p []byte) (int, error) {
		<-writerReady
		return output.Write(p)
	})))
	for range 10 {
		_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
		span.End()
	}
	close(writerReady)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(output.String(), "work"); n != 10 {
		t.Errorf("got %d spans printed, want 10:\n%s", n, output)
	}
}
