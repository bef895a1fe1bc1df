package core

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/suppress"
	"github.com/samespan/samespan/internal/logtest"
)

// TestTaskKeepsBaggageAndLinksToRequest proves that the context of a task outlives its
// request and keeps only the baggage. The span of the task is a root that links to the
// request.
func TestTaskKeepsBaggageAndLinksToRequest(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address})
	member, err := baggage.NewMember("user", "alice")
	if err != nil {
		t.Fatal(err)
	}
	requestBaggage, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(baggage.ContextWithBaggage(t.Context(), requestBaggage), key{}, "recycled"))
	ctx, request := tel.TracerProvider().Tracer("test").Start(ctx, "request")
	begin := make(chan struct{})
	var inTask struct {
		err   error
		user  string
		value any
	}
	tel.Go(ctx, "task", func(ctx context.Context) error {
		<-begin
		inTask.err, inTask.user, inTask.value = ctx.Err(), baggage.FromContext(ctx).Member("user").Value(), ctx.Value(key{})
		_, span := tel.TracerProvider().Tracer("test").Start(ctx, "step")
		span.End()
		return nil
	})
	request.End()
	cancel()
	close(begin)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if inTask.err != nil || inTask.user != "alice" || inTask.value != nil {
		t.Errorf("got %+v, want a live context with the baggage and nothing else", inTask)
	}
	task, step := r.span("task"), r.span("step")
	if len(task.ParentSpanId) != 0 || task.Kind != tracepb.Span_SPAN_KIND_INTERNAL {
		t.Errorf("got %v, want a root of kind INTERNAL", task)
	}
	if bytes.Equal(task.TraceId, r.span("request").TraceId) {
		t.Error("the task is in the request's trace")
	}
	if len(task.Links) != 1 || !bytes.Equal(task.Links[0].SpanId, r.span("request").SpanId) {
		t.Errorf("got links %v, want one to the request", task.Links)
	}
	if !bytes.Equal(step.ParentSpanId, task.SpanId) {
		t.Error("the step is not the task's child")
	}
}

// TestFailedTaskIsRecordedAndLogged proves what the spans and the log show of tasks that
// return an error, panic, or call runtime.Goexit.
func TestFailedTaskIsRecordedAndLogged(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address}, WithLogger(logger))
	tel.Go(t.Context(), "fails", func(context.Context) error { return errors.New("no stock left") })
	tel.Go(t.Context(), "panics", func(context.Context) error { panic("no stock at all") })
	tel.Go(t.Context(), "exits", func(context.Context) error { runtime.Goexit(); return nil })
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"fails": "no stock left", "panics": "no stock at all", "exits": ""} {
		span := r.span(name)
		if span == nil {
			t.Errorf("%s: no span", name)
			continue
		}
		if span.Status.Code != tracepb.Status_STATUS_CODE_ERROR {
			t.Errorf("%s: got status %v, want Error", name, span.Status)
		}
		if want == "" {
			continue
		}
		if len(span.Events) != 1 || span.Events[0].Name != "exception" {
			t.Errorf("%s: got events %v, want one exception", name, span.Events)
			continue
		}
		values := make(map[string]string)
		for _, kv := range span.Events[0].Attributes {
			values[kv.Key] = kv.Value.GetStringValue()
		}
		if values["exception.message"] != want {
			t.Errorf("%s: got %v, want %s", name, values, want)
		}
		if name == "panics" && !strings.Contains(values["exception.stacktrace"], "TestFailedTaskIsRecordedAndLogged") {
			t.Errorf("got no stack of the task: %v", values)
		}
	}
	if !strings.Contains(logged.String(), "no stock at all") {
		t.Errorf("the panic is not in the log: %s", logged)
	}
}

// startExcludedRequest starts a GET /healthz, which tel's rules exclude, and returns
// its context and a function that ends it.
func startExcludedRequest(t *testing.T, tel *Telemetry) (context.Context, func()) {
	t.Helper()
	instrumentation, err := tel.HTTPEngine().Instrument(httpserver.Framework{Name: "test", Scope: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, exchange := instrumentation.Start(t.Context(), &httpserver.Request{
		Method: http.MethodGet, Path: "/healthz", Header: propagation.HeaderCarrier{},
	})
	if !suppress.Active(ctx) {
		t.Fatal("the request is not excluded")
	}
	return ctx, func() { exchange.End(httpserver.Outcome{Status: http.StatusOK}) }
}

// TestTaskOfExcludedRequestHasNoSpan proves that a task of an excluded request leaves no
// span, even with a sampler that records everything.
func TestTaskOfExcludedRequestHasNoSpan(t *testing.T) {
	r := newReceiver(t, nil)
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_TRACES_SAMPLER", "always_on"}, WithExclude("healthz"))
	ctx, end := startExcludedRequest(t, tel)
	tracer := tel.TracerProvider().Tracer("test")
	_, child := tracer.Start(ctx, "child")
	child.End()
	_, root := tracer.Start(ctx, "root", trace.WithNewRoot())
	root.End()
	tel.Go(ctx, "task", func(ctx context.Context) error {
		_, span := tracer.Start(ctx, "step")
		span.End()
		tel.Go(ctx, "task of a task", func(context.Context) error { return nil })
		instrumentation := httpserver.MustInstrument(tel, httpserver.Framework{Name: "test", Scope: "test"})
		if _, x := instrumentation.Start(ctx, &httpserver.Request{Method: "GET", Path: "/process/1"}); x.Observed() {
			t.Error("a request that a task of an excluded one serves is observed")
		}
		return nil
	})
	end()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.spanCountsByName(); len(got) != 0 {
		t.Errorf("got %v, want no span", got)
	}
}

// panickingError is an error whose Error method panics on a nil pointer, which a
// task may return by mistake.
type panickingError struct{ text string }

func (e *panickingError) Error() string { return e.text }

func TestPanicOfErrorMethodIsLogged(t *testing.T) {
	for _, sampler := range []string{"always_on", "always_off"} {
		logger, logged := logtest.New()
		tel := setup(t, []string{"OTEL_TRACES_EXPORTER", "console", "OTEL_TRACES_SAMPLER", sampler},
			WithLogger(logger), WithDevelopment(io.Discard))
		tel.Go(t.Context(), "broken", func(context.Context) error { return (*panickingError)(nil) })
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(logged.String(), "nil pointer") {
			t.Errorf("got %q, want the panic of the error's text", logged)
		}
	}
}
