package otlptest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestWaitReturnsWhenTelemetryArrives(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	asked := make(chan struct{}, 10)
	waited := make(chan error, 1)
	go func() {
		waited <- server.Wait(t.Context(), func(snapshot otlptest.Snapshot) bool {
			asked <- struct{}{}
			return len(snapshot.SpansNamed("b")) == 1
		})
	}()
	<-asked
	for i, name := range []string{"a", "b"} {
		if err := c.sendSpans(t.Context(), newSpan(name, 1, byte(i+1))); err != nil {
			t.Fatal(err)
		}
		<-asked
	}
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	if spans, err := server.WaitSpans(t.Context(), 2); err != nil || len(spans) != 2 {
		t.Errorf("WaitSpans: got %d spans and %v, want 2", len(spans), err)
	}
}

func TestWaitErrorListsTelemetry(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	if err := c.sendSpans(t.Context(), newSpan("GET /seen", 1, 1)); err != nil {
		t.Fatal(err)
	}
	spans, err := server.WaitTrace(shortContext(t), traceID(1), 2)
	if !errors.Is(err, context.DeadlineExceeded) || len(spans) != 1 {
		t.Fatalf("got %d spans and %v, want 1 and a deadline exceeded", len(spans), err)
	}
	for _, want := range []string{"got 1 spans of trace " + traceID(1) + ", want 2", "GET /seen", "orders"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got error\n%v\nwant it to contain %q", err, want)
		}
	}
}

func TestWaitEndsWithClose(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	asked := make(chan struct{}, 1)
	waited := make(chan error, 1)
	go func() {
		waited <- server.Wait(t.Context(), func(otlptest.Snapshot) bool {
			select {
			case asked <- struct{}{}:
			default:
			}
			return false
		})
	}()
	<-asked
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waited; !errors.Is(err, otlptest.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestResetKeepsSnapshots(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); err != nil {
		t.Fatal(err)
	}
	before := server.Snapshot()
	server.Reset()
	if got := len(server.Spans()) + len(server.Requests()); got != 0 {
		t.Errorf("got %d spans and requests after Reset, want 0", got)
	}
	if err := c.sendSpans(t.Context(), newSpan("b", 2, 1)); err != nil {
		t.Fatal(err)
	}
	if spans := before.Spans(); len(spans) != 1 || spans[0].Name() != "a" {
		t.Errorf("the snapshot from before Reset has %v, want it unchanged", spans)
	}
}
