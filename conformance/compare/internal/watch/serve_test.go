package watch_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
	"github.com/samespan/samespan/conformance/otlptest"
)

// TestServeEndsWithItsInput checks that a service stops when its input ends, so that a
// test program that is killed leaves no services running.
func TestServeEndsWithItsInput(t *testing.T) {
	collector := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint())
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s, err := subject.Named("nethttpotel")
	if err != nil {
		t.Fatal(err)
	}
	input, requests := io.Pipe()
	var out bytes.Buffer
	done := make(chan error, 1)
	go func() { done <- watch.Serve(context.Background(), s, addr, input, &out) }()
	// WriteString returns when the service has read the line. The service reads its input
	// only after it accepts connections, so it is running after this call.
	if _, err := io.WriteString(requests, "report\n"); err != nil {
		t.Fatal(err)
	}
	if err := requests.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the service ended with %v", err)
		}
	case <-time.After(waitTimeout):
		t.Fatal("the service goes on without its input")
	}
	if got := bytes.Count(out.Bytes(), []byte("\n")); got != 3 {
		t.Errorf("got %d reports, want 3: at the start, the one asked for, and at the end\n%s", got, &out)
	}
}
