package httpserver_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestRelationDecidesWhatNestedExchangeReports proves which nested exchanges report their
// route, name and panic to the open exchange, for each Relation and combination of several
// nested exchanges.
func TestRelationDecidesWhatNestedExchangeReports(t *testing.T) {
	type nested struct {
		path     string
		relation httpserver.Relation
	}
	const sameRequest, presumed, subRequest = httpserver.SameRequest, httpserver.PresumedRequest, httpserver.SubRequest
	tests := []struct {
		name         string
		nested       []nested
		wantReported bool
	}{
		{"same", []nested{{"/batch", sameRequest}}, true},
		{"same, with another path", []nested{{"/process/1", sameRequest}}, true},
		{"presumed", []nested{{"/batch", presumed}}, true},
		{"presumed, with another path", []nested{{"/process/1", presumed}}, false},
		{"presumed twice", []nested{{"/batch", presumed}, {"/batch", presumed}}, false},
		{"presumed, then presumed with another path", []nested{{"/batch", presumed}, {"/process/1", presumed}}, true},
		{"presumed, then sub-request", []nested{{"/batch", presumed}, {"/process/1", subRequest}}, true},
		{"sub-request", []nested{{"/process/1", subRequest}}, false},
		{"sub-request with the same path", []nested{{"/batch", subRequest}}, false},
		{"several sub-requests", []nested{{"/process/1", subRequest}, {"/process/2", subRequest}}, false},
		{"same before two presumed", []nested{{"/batch", sameRequest}, {"/batch", presumed}, {"/batch", presumed}}, true},
		{"same after two presumed", []nested{{"/batch", presumed}, {"/batch", presumed}, {"/batch", sameRequest}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			ctx, outer := instrumentation.Start(t.Context(), newRequest("/batch"))
			outer.Identify("outer")
			for _, nestedRequest := range test.nested {
				nestedCtx, x := instrumentation.Start(ctx, newRequest(nestedRequest.path))
				if x.Outer() != "outer" || outer.Outer() != nil || nestedCtx != ctx {
					t.Fatalf("got an exchange under %v, want one under the outer", x.Outer())
				}
				x.Relate(nestedRequest.relation)
				if wantObserved := nestedRequest.relation == sameRequest || nestedRequest.relation == presumed && nestedRequest.path == "/batch"; x.Observed() != wantObserved {
					t.Errorf("%+v: observed %v, want %v", nestedRequest, x.Observed(), wantObserved)
				}
				x.End(httpserver.Outcome{
					Status: 500, Route: "/process/:id", Panic: "boom",
					SpanName:   func() string { return "named inside" },
					Attributes: func() []attribute.KeyValue { return []attribute.KeyValue{attribute.Bool("inside", true)} },
				})
			}
			o := successOutcome()
			o.Route = "/batch"
			outer.End(o)

			span := r.Only()
			want := map[string]any{"http.route": "/batch", "error.type": nil, "inside": nil, "http.response.status_code": int64(200)}
			name, code, events := "GET /batch", codes.Unset, 0
			if test.wantReported {
				want["http.route"], want["error.type"], want["inside"] = "/process/:id", "string", true
				name, code, events = "named inside", codes.Error, 1
			}
			httpservertest.Expect(t, span, want)
			if span.Name() != name || span.Status().Code != code || len(span.Events()) != events {
				t.Errorf("got %q, %v, %d events, want %q, %v, %d", span.Name(), span.Status(), len(span.Events()), name, code, events)
			}
			if points := r.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 1 {
				t.Errorf("got points %v, want one request", points)
			}
		})
	}
}

// TestPanicThroughNestedExchangeIsRecordedOnce proves that a panic that passes through a
// nested exchange and the open one is recorded once.
func TestPanicThroughNestedExchangeIsRecordedOnce(t *testing.T) {
	for name, endOuter := range map[string]func(*httpserver.Exchange){
		"ended at once": func(x *httpserver.Exchange) { x.End(httpserver.Outcome{Panic: "boom", Status: 503}) },
		"ended later": func(x *httpserver.Exchange) {
			x.HandlersReturned(httpserver.Outcome{Panic: "boom"})
			x.End(httpserver.Outcome{Status: 503})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httpservertest.New(t, httpserver.Config{})
			instrumentation := instrument(t, r)
			ctx, outer := instrumentation.Start(t.Context(), newRequest("/process/1"))
			_, x := instrumentation.Start(ctx, newRequest("/process/1"))
			x.Relate(httpserver.PresumedRequest)
			x.End(httpserver.Outcome{Panic: "boom", Route: "/process/:id"})
			endOuter(outer)
			span := r.Only()
			httpservertest.Expect(t, span, map[string]any{"http.route": "/process/:id", "error.type": "string", "http.response.status_code": int64(503)})
			if len(span.Events()) != 1 {
				t.Errorf("got %d events, want one exception", len(span.Events()))
			}
		})
	}
}

func TestRelateIgnoresExchangeThatIsNotNested(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/"))
	x.Relate(httpserver.SubRequest)
	x.End(successOutcome())
	r.Only()
}

// TestNestedStartAttributesAreAdded proves that the span of the open exchange has the start
// attributes of a nested exchange of the same request, and not those of another request.
func TestNestedStartAttributesAreAdded(t *testing.T) {
	for relation, want := range map[httpserver.Relation]any{
		httpserver.SameRequest: "blue", httpserver.PresumedRequest: "blue", httpserver.SubRequest: nil,
	} {
		r := httpservertest.New(t, httpserver.Config{})
		instrumentation := instrument(t, r)
		ctx, outer := instrumentation.Start(t.Context(), newRequest("/process/1"))
		inner := newRequest("/process/1")
		inner.StartAttributes = func() []attribute.KeyValue { return []attribute.KeyValue{attribute.String("tenant", "blue")} }
		_, x := instrumentation.Start(ctx, inner)
		x.Relate(relation)
		x.End(successOutcome())
		outer.End(successOutcome())
		if got := httpservertest.Attribute(r.Only(), "tenant"); got != want {
			t.Errorf("relation %d: got tenant %v, want %v", relation, got, want)
		}
	}
}
