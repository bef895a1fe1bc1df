package core

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
)

// TestTaskSpanHasTaskAttributes proves that the span of a task has the attributes of
// WithTaskAttributes.
func TestTaskSpanHasTaskAttributes(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithShutdownTimeout(5*time.Second))
	tel.Go(t.Context(), "task", func(context.Context) error { return nil },
		WithTaskAttributes(attribute.Int("order", 17)), WithTaskAttributes(attribute.String("kind", "receipt")))
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) != 1 || len(r.spans[0].GetAttributes()) != 2 {
		t.Errorf("got %v, want a span with two attributes", r.spans)
	}
}

// TestLogHandlerOptionsSetScope proves that options of package otelslog set the
// instrumentation scope of exported records.
func TestLogHandlerOptionsSetScope(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithShutdownTimeout(5*time.Second))
	slog.New(tel.LogHandler("orders", nil, otelslog.WithVersion("1.2.3"))).Info("logged")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.logScopes) != 1 || r.logScopes[0].GetVersion() != "1.2.3" || r.logScopes[0].GetName() != "orders" {
		t.Errorf("got scopes %v", r.logScopes)
	}
}

// TestNilOptionPanics proves that a method panics with the position of a nil option.
func TestNilOptionPanics(t *testing.T) {
	tel := Disabled()
	for name, call := range map[string]func(){
		"Go: option 2 is nil": func() {
			tel.Go(context.Background(), "task", func(context.Context) error { return nil }, WithTaskAttributes(), nil)
		},
		"LogHandler: option 1 is nil": func() { tel.LogHandler("name", nil, nil) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, name) {
					t.Errorf("got panic %q, want %q in it", got, name)
				}
			}()
			call()
		}()
	}
}
