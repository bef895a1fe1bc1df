package core

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/internal/logtest"
)

// countingProcessor is a span processor that counts ended spans, flushes and shutdowns.
// ForceFlush and Shutdown return the result of flushOrShutdown.
type countingProcessor struct {
	spans, flushes, shutdowns atomic.Int64                // numbers of calls
	flushOrShutdown           func(context.Context) error // called by ForceFlush and Shutdown
}

func (*countingProcessor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (p *countingProcessor) OnEnd(sdktrace.ReadOnlySpan)                   { p.spans.Add(1) }

func (p *countingProcessor) ForceFlush(ctx context.Context) error {
	p.flushes.Add(1)
	return p.flushOrShutdown(ctx)
}

func (p *countingProcessor) Shutdown(ctx context.Context) error {
	p.shutdowns.Add(1)
	return p.flushOrShutdown(ctx)
}

// TestRegisteredProcessorLosesNoSpans proves that a processor that is registered on the
// SDK's provider is flushed and shut down within the time limit, and that it
// cannot make the service lose spans.
func TestRegisteredProcessorLosesNoSpans(t *testing.T) {
	testEnded := make(chan struct{})
	defer close(testEnded)
	failed := errors.New("disk full")
	for name, test := range map[string]struct {
		flushOrShutdown func(context.Context) error
		want            string
		wantErr         error
	}{
		"works":              {func(context.Context) error { return nil }, "", nil},
		"fails":              {func(context.Context) error { return failed }, "disk full", failed},
		"panics":             {func(context.Context) error { panic("bad processor") }, "bad processor", nil},
		"blocks":             {func(context.Context) error { <-testEnded; return nil }, "did not finish within", nil},
		"blocks in its time": {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "did not finish within", nil},
	} {
		for _, protocol := range []string{"grpc", "http/protobuf"} {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				r := newHTTPReceiver(t, nil)
				if protocol == "grpc" {
					r = newReceiver(t, nil)
				}
				logger, _ := logtest.New()
				limit := 10 * time.Second
				if strings.HasPrefix(name, "blocks") {
					limit = time.Second // which passes as a whole
				}
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol},
					WithShutdownTimeout(limit), WithLogger(logger))
				provider, ok := tel.TracerProvider().(*sdktrace.TracerProvider)
				if !ok {
					t.Fatalf("got %T, want the SDK's provider", tel.TracerProvider())
				}
				processor := &countingProcessor{flushOrShutdown: test.flushOrShutdown}
				provider.RegisterSpanProcessor(processor)
				exporter := tracetest.NewInMemoryExporter()
				if name == "works" {
					provider.RegisterSpanProcessor(sdktrace.NewBatchSpanProcessor(exporter))
				}
				for _, operation := range []struct {
					name  string
					call  func(context.Context) error
					count *atomic.Int64
				}{{"flush", tel.ForceFlush, &processor.flushes}, {"shutdown", tel.Shutdown, &processor.shutdowns}} {
					endSpans(t, tel, 3)
					began := time.Now()
					err := operation.call(t.Context())
					if took := time.Since(began); took > 5*time.Second {
						t.Errorf("the %s took %v", operation.name, took)
					}
					if (err == nil) != (test.want == "") || err != nil && !logtest.ContainsAll(err.Error(), "span processors of the service", test.want) || test.wantErr != nil && !errors.Is(err, test.wantErr) {
						t.Errorf("%s: got error %v, want %q", operation.name, err, test.want)
					}
					if n := operation.count.Load(); n != 1 {
						t.Errorf("got %d calls of the processor's %s, want 1", n, operation.name)
					}
					if name == "works" && operation.name == "flush" && len(exporter.GetSpans()) != 3 {
						t.Errorf("got %d spans of the second processor, want 3", len(exporter.GetSpans()))
					}
				}
				if got := r.spanCount(); got != 6 {
					t.Errorf("the collector has %d spans, want 6", got)
				}
				if s := tel.Stats().Traces; s != (SpanStats{Ended: 6, Exported: 6}) {
					t.Errorf("got %+v, want 6 exported", s)
				}
				if got := processor.spans.Load(); got != 6 {
					t.Errorf("the processor has %d spans, want 6", got)
				}
			})
		}
	}
}

// TestProviderFlushIncludesProcessorOfSetup proves that ForceFlush and Shutdown of
// the SDK's provider flush Setup's processor too. Some code has only the provider,
// not the Telemetry.
func TestProviderFlushIncludesProcessorOfSetup(t *testing.T) {
	r := newReceiver(t, nil)
	logger, _ := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	provider := tel.TracerProvider().(*sdktrace.TracerProvider)
	endSpans(t, tel, 3)
	if err := provider.ForceFlush(t.Context()); err != nil || r.spanCount() != 3 {
		t.Errorf("got %d spans and error %v, want 3", r.spanCount(), err)
	}
	endSpans(t, tel, 2)
	if err := provider.Shutdown(t.Context()); err != nil || r.spanCount() != 5 {
		t.Errorf("got %d spans and error %v, want 5", r.spanCount(), err)
	}
	if err := tel.Shutdown(t.Context()); err != nil && !strings.Contains(err.Error(), "already") {
		t.Error(err)
	}
}
