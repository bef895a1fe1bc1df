package httpserver_test

import (
	"strings"
	"testing"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestSpanHasOutcomeOfHandlersReturned proves that the span has the route and the hooks'
// results that are passed to HandlersReturned. A route and hooks that are passed to End,
// and the route of a nested exchange, take precedence.
func TestSpanHasOutcomeOfHandlersReturned(t *testing.T) {
	outcomeNamed := func(name string) httpserver.Outcome {
		return httpserver.Outcome{
			Route:    "/" + name,
			SpanName: func() string { return name },
			Attributes: func() []attribute.KeyValue {
				return []attribute.KeyValue{attribute.String("by", name)}
			},
		}
	}
	tests := []struct {
		name                string
		early, inner, end   httpserver.Outcome
		wantRoute, wantName string
	}{
		{"nothing passed to End", outcomeNamed("early"), httpserver.Outcome{}, httpserver.Outcome{}, "/early", "early"},
		{"route and hooks passed to End", outcomeNamed("early"), httpserver.Outcome{}, outcomeNamed("end"), "/end", "end"},
		{"route of a nested exchange", httpserver.Outcome{Route: "/early"}, httpserver.Outcome{Route: "/inner"}, httpserver.Outcome{}, "/inner", "GET /inner"},
		{"nothing passed to HandlersReturned", httpserver.Outcome{}, httpserver.Outcome{}, httpserver.Outcome{Route: "/end"}, "/end", "GET /end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			ctx, exchange := instrumentation.Start(t.Context(), newRequest("/process/1"))
			_, inner := instrumentation.Start(ctx, newRequest("/process/1"))
			inner.HandlersReturned(outcomeNamed("ignored"))
			inner.End(test.inner)
			exchange.HandlersReturned(test.early)
			exchange.End(test.end)
			exchange.HandlersReturned(outcomeNamed("late"))

			span := r.Only()
			if got := httpservertest.Attribute(span, "http.route"); got != test.wantRoute {
				t.Errorf("got route %v, want %q", got, test.wantRoute)
			}
			if span.Name() != test.wantName {
				t.Errorf("got name %q, want %q", span.Name(), test.wantName)
			}
		})
	}
}

// TestPanicOfHandlersReturnedIsRecorded proves that a panic that is passed to
// HandlersReturned is recorded together with the status that is passed to End.
func TestPanicOfHandlersReturnedIsRecorded(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, exchange := instrument(t, r).Start(t.Context(), newRequest("/process/1"))
	exchange.HandlersReturned(httpserver.Outcome{Panic: "boom"})
	exchange.End(httpserver.Outcome{Status: 404})

	span := r.Only()
	if got := httpservertest.Attribute(span, "http.response.status_code"); got != int64(404) {
		t.Errorf("got status %v, want the one of the end, 404", got)
	}
	if got := httpservertest.Attribute(span, "error.type"); got != "string" || span.Status().Code != codes.Error {
		t.Errorf("got error.type %v and status %v, want the panic's", got, span.Status())
	}
	if len(span.Events()) != 1 {
		t.Errorf("got events %v, want one exception", span.Events())
	}
}

// recycledString returns a copy of s, and a function that overwrites the bytes of this
// copy. The strings of some frameworks change in this way when a buffer is reused.
func recycledString(s string) (transient string, reuse func()) {
	b := []byte(s)
	return unsafe.String(&b[0], len(b)), func() {
		for i := range b {
			b[i] = '#'
		}
	}
}

// TestStringsOfRecyclingFrameworkAreCopied proves that the span keeps copies of strings
// that hooks return, since the framework reuses their buffer for the next request.
func TestStringsOfRecyclingFrameworkAreCopied(t *testing.T) {
	const want = "value"
	transient, reuse := recycledString(want)
	outcome := httpserver.Outcome{
		Status:    200,
		RouteName: func() string { return transient },
		SpanName:  func() string { return transient },
		Attributes: func() []attribute.KeyValue {
			return []attribute.KeyValue{
				attribute.String("string", transient),
				attribute.StringSlice("strings", []string{transient}),
				{Key: "slice", Value: attribute.SliceValue(attribute.StringValue(transient))},
				{Key: "map", Value: attribute.MapValue(attribute.String("k", transient))},
				attribute.Int("int", 1),
			}
		},
	}
	tests := []struct {
		name        string
		endExchange func(*httpserver.Exchange)
	}{
		{"End", func(x *httpserver.Exchange) { x.End(outcome) }},
		{"HandlersReturned", func(x *httpserver.Exchange) {
			x.HandlersReturned(outcome)
			reuse()
			x.End(httpserver.Outcome{Status: 200})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			transient, reuse = recycledString(want)
			r := httpservertest.New(t, httpserver.Config{})
			recycling := testFramework
			recycling.Recycles = true
			_, exchange := httpserver.MustInstrument(r, recycling).Start(t.Context(), newRequest("/"))
			test.endExchange(exchange)
			reuse()
			span := r.Only()
			if span.Name() != want {
				t.Errorf("got name %q, want %q", span.Name(), want)
			}
			for _, kv := range span.Attributes() {
				if got := kv.Value.String(); strings.Contains(got, "#") {
					t.Errorf("got %s=%s, want it untouched", kv.Key, got)
				}
			}
		})
	}
}
