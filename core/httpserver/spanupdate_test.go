package httpserver_test

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestStatusOfAHandlerIsKept proves that a status that a handler has set is not replaced,
// whatever the outcome of the request is.
func TestStatusOfAHandlerIsKept(t *testing.T) {
	failures := map[string]httpserver.Outcome{
		"500":       {Status: 500},
		"503":       {Status: 503},
		"panic":     {Panic: "boom"},
		"abort":     {Panic: http.ErrAbortHandler},
		"cut off":   {Status: 200, Aborted: httpserver.AbortedByClient},
		"timed out": {Aborted: httpserver.AbortedByTimeout},
	}
	for name, outcome := range failures {
		for _, test := range []struct {
			name string
			set  func(trace.Span)
			want sdktrace.Status
		}{
			{"nothing", func(trace.Span) {}, sdktrace.Status{Code: codes.Error}},
			{"error", func(s trace.Span) { s.SetStatus(codes.Error, "stock is empty") }, sdktrace.Status{Code: codes.Error, Description: "stock is empty"}},
			{"ok", func(s trace.Span) { s.SetStatus(codes.Ok, "") }, sdktrace.Status{Code: codes.Ok}},
		} {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				ctx, x := instrument(t, r).Start(t.Context(), newRequest("/"))
				test.set(trace.SpanFromContext(ctx))
				x.End(outcome)
				span := r.Only()
				if span.Status() != test.want {
					t.Errorf("got status %+v, want %+v", span.Status(), test.want)
				}
				if httpservertest.Attribute(span, "error.type") == nil {
					t.Error("got no error.type, want what failed")
				}
			})
		}
	}
	t.Run("200", func(t *testing.T) {
		r := httpservertest.New(t, httpserver.Config{})
		ctx, x := instrument(t, r).Start(t.Context(), newRequest("/"))
		trace.SpanFromContext(ctx).SetStatus(codes.Error, "stock is empty")
		x.End(successOutcome())
		if got, want := r.Only().Status(), (sdktrace.Status{Code: codes.Error, Description: "stock is empty"}); got != want {
			t.Errorf("got status %+v, want %+v", got, want)
		}
	})
}

// TestNameOfAHandlerIsKept proves that the span name of the hook takes precedence over the
// handler's, and the handler's over the name that the semantic conventions define.
func TestNameOfAHandlerIsKept(t *testing.T) {
	hook := func() string { return "hooked" }
	tests := []struct {
		name       string
		startRoute string
		// handlerName is the span name that the handler sets, or "".
		handlerName string
		hook        func() string
		endRoute    string
		want        string
	}{
		{"route known at the end", "", "", nil, "/process/:id", "GET /process/:id"},
		{"handler's name, route known at the end", "", "charge card", nil, "/process/:id", "charge card"},
		{"handler's name, route known at the start", "/process/:id", "charge card", nil, "", "charge card"},
		{"handler's name, another route at the end", "/*", "charge card", nil, "/process/:id", "charge card"},
		{"handler's name, no route", "", "charge card", nil, "", "charge card"},
		{"hook", "", "", hook, "/process/:id", "hooked"},
		{"hook and handler's name", "", "charge card", hook, "/process/:id", "hooked"},
		{"hook returns the name at the start", "", "charge card", func() string { return "GET" }, "/process/:id", "GET"},
		{"hook returns nothing", "", "charge card", func() string { return "" }, "/process/:id", "charge card"},
	}
	for _, test := range tests {
		endings := map[string]func(*httpserver.Exchange, httpserver.Outcome){
			"at once": (*httpserver.Exchange).End,
			"later": func(x *httpserver.Exchange, o httpserver.Outcome) {
				x.HandlersReturned(o)
				x.End(httpserver.Outcome{Status: 200})
			},
		}
		for name, end := range endings {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				r := httpservertest.New(t, httpserver.Config{})
				req := newRequest("/process/1")
				req.Route = test.startRoute
				ctx, x := instrument(t, r).Start(t.Context(), req)
				if test.handlerName != "" {
					trace.SpanFromContext(ctx).SetName(test.handlerName)
				}
				end(x, httpserver.Outcome{Status: 200, Route: test.endRoute, SpanName: test.hook})
				if got := r.Only().Name(); got != test.want {
					t.Errorf("got name %q, want %q", got, test.want)
				}
			})
		}
	}
}
