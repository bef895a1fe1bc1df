package snippet

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// setUpWithCollector returns telemetry and the receiver that it exports to.
func setUpWithCollector(t *testing.T) (*core.Telemetry, *otlptest.Server) {
	t.Helper()
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	return tel, collector
}

// TestWorkerCompletesMessageWhenServiceStops checks that a message that is being handled
// when the service stops is completed, that its span is in the trace of the request that
// sent it, and that the collector receives all spans.
func TestWorkerCompletesMessageWhenServiceStops(t *testing.T) {
	tel, collector := setUpWithCollector(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	queue, handling, release := make(chan Message, 1), make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /order", func(_ http.ResponseWriter, r *http.Request) {
		err := SendMessage(r.Context(), tel, Message{Headers: make(map[string]string)}, func(_ context.Context, m Message) error {
			queue <- m
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	worker := Consume(tel, func(ctx context.Context) (Message, error) {
		select {
		case message := <-queue:
			return message, nil
		case <-ctx.Done():
			return Message{}, ctx.Err()
		}
	}, func(ctx context.Context, _ Message) error {
		close(handling)
		<-release
		_, span := tel.TracerProvider().Tracer("orders").Start(ctx, "store")
		defer span.End()
		return errors.Join(ctx.Err(), errors.New("out of stock"))
	})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- tel.Serve(ctx, core.OnListener(&http.Server{Handler: nethttpotel.Middleware(tel)(mux)}, listener), worker)
	}()
	response, err := http.Get("http://" + listener.Addr().String() + "/order")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	<-handling
	stop()
	<-worker.ctx.Done()
	close(release)
	select {
	case err := <-served:
		if err != nil {
			t.Errorf("got %v, want a clean end", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the worker keeps the service running")
	}
	spans := collector.Snapshot()
	request, sent, handled, stored := spans.SpansNamed("GET /order"), spans.SpansNamed("send orders"), spans.SpansNamed("process orders"), spans.SpansNamed("store")
	if len(request) != 1 || len(sent) != 1 || len(handled) != 1 || len(stored) != 1 {
		t.Fatalf("got %v, want one span of each name", spans)
	}
	if sent[0].ParentID() != request[0].SpanID() || handled[0].ParentID() != sent[0].SpanID() || stored[0].ParentID() != handled[0].SpanID() {
		t.Error("the spans are not in one trace, each below the one before")
	}
}

// TestFailedWorkerStopsService checks that the error of a worker ends the service, and that
// Serve returns the error.
func TestFailedWorkerStopsService(t *testing.T) {
	tel, _ := setUpWithCollector(t)
	want := errors.New("the queue is gone")
	worker := Consume(tel, func(context.Context) (Message, error) { return Message{}, want }, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := tel.Serve(t.Context(), core.OnListener(&http.Server{}, listener), worker); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
