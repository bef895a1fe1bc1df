package nethttpotel_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestChildSpansHaveServerSpanAsParent(t *testing.T) {
	var s *service
	recordSpan := func(r *http.Request, name string) {
		_, span := s.Tracer().Start(r.Context(), name)
		span.End()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{id}", func(_ http.ResponseWriter, r *http.Request) {
		recordSpan(r, "handler")
		goroutineDone := make(chan struct{})
		go func() {
			defer close(goroutineDone)
			recordSpan(r, "goroutine")
		}()
		<-goroutineDone
	})
	middleware := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recordSpan(r, "middleware")
		mux.ServeHTTP(w, r)
	})
	s = serve(t, httpserver.Config{}, middleware)
	s.get(t, "/process/1", "traceparent", callerTraceparent)
	server := s.Named("GET /process/{id}")
	if got := server.Parent(); !got.IsRemote() || got.SpanID().String() != callerSpanID {
		t.Errorf("got parent %v, want the caller", got)
	}
	for _, name := range []string{"handler", "goroutine", "middleware"} {
		if got := s.Named(name).Parent(); got.SpanID() != server.SpanContext().SpanID() {
			t.Errorf("got %v as the parent of %s, want the server span", got, name)
		}
	}
}

func TestBaggageReachesHandler(t *testing.T) {
	got := make(chan string, 1)
	s := serve(t, httpserver.Config{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got <- baggage.FromContext(r.Context()).Member("user").Value()
	}))
	s.get(t, "/", "baggage", "user=42")
	if user := await(t, got, "the handler"); user != "42" {
		t.Errorf("got baggage user=%q, want 42", user)
	}
}

func TestExcludedRequestsRecordNothing(t *testing.T) {
	var s *service
	outgoing := make(chan string, 1)
	s = serve(t, httpserver.Config{Exclude: []string{"healthz"}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := s.Tracer().Start(r.Context(), "child")
		defer span.End()
		carrier := propagation.MapCarrier{}
		s.Propagator().Inject(ctx, carrier)
		outgoing <- carrier["traceparent"]
		_, _ = w.Write([]byte(r.Pattern))
	}))
	if status, _ := s.get(t, "/healthz/live", "traceparent", callerTraceparent); status != http.StatusOK {
		t.Errorf("got status %d", status)
	}
	if got := await(t, outgoing, "the handler"); !strings.Contains(got, callerTraceID) || !strings.HasSuffix(got, "-00") {
		t.Errorf("got outgoing traceparent %q, want the caller's trace, unsampled", got)
	}
	if ended := s.Ended(); len(ended) != 0 {
		t.Errorf("got spans %q, want none", httpservertest.Names(ended))
	}
	for _, metric := range []string{"duration", "body.size"} {
		if points := s.Points("http.server.request." + metric); len(points) != 0 {
			t.Errorf("got %s points %v, want none", metric, points)
		}
	}
}

func TestConcurrentRequestsKeepTheirTraces(t *testing.T) {
	var s *service
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{id}", func(_ http.ResponseWriter, r *http.Request) {
		_, span := s.Tracer().Start(r.Context(), r.PathValue("id"))
		span.End()
	})
	s = serve(t, httpserver.Config{}, mux)
	var clients sync.WaitGroup
	for client := range 16 {
		clients.Go(func() {
			for i := range 8 {
				id := fmt.Sprintf("%032x", 1+client*8+i)
				s.get(t, "/process/"+id, "traceparent", "00-"+id+"-"+callerSpanID+"-01")
			}
		})
	}
	clients.Wait()
	for _, span := range s.Ended() {
		if id := span.SpanContext().TraceID().String(); span.Name() != "GET /process/{id}" && span.Name() != id {
			t.Errorf("span %s landed in trace %s", span.Name(), id)
		}
	}
}

// TestRequestIsUnchangedAfterResponse proves that a request which a goroutine uses after
// the response does not change while the server serves other requests.
func TestRequestIsUnchangedAfterResponse(t *testing.T) {
	type requestValues struct {
		request *http.Request
		path    string
		trace   trace.TraceID
	}
	firstRequests, release := make(chan requestValues, 1), make(chan struct{})
	goroutineResult := make(chan error, 1)
	var s *service
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{id}", func(_ http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") != "first" {
			return
		}
		firstRequests <- requestValues{r, r.URL.Path, trace.SpanContextFromContext(r.Context()).TraceID()}
		go func() {
			<-release
			if got := r.PathValue("id") + " " + r.Pattern + " " + r.UserAgent(); got != "first GET /process/{id} agent/first" {
				goroutineResult <- fmt.Errorf("got %q after the response", got)
				return
			}
			_, span := s.Tracer().Start(r.Context(), "late")
			span.End()
			goroutineResult <- nil
		}()
	})
	s = serve(t, httpserver.Config{}, mux)
	s.get(t, "/process/first", "User-Agent", "agent/first", "traceparent", callerTraceparent)
	first := await(t, firstRequests, "the first request")
	for i := range 1000 {
		s.get(t, fmt.Sprintf("/process/%d", i), "User-Agent", "agent/other")
	}
	close(release)
	if err := await(t, goroutineResult, "the goroutine"); err != nil {
		t.Error(err)
	}
	if got := s.Named("late").SpanContext().TraceID(); got != first.trace || got.String() != callerTraceID {
		t.Errorf("the late span is in trace %s, want %s", got, first.trace)
	}
	if first.path != "/process/first" || first.request.URL.Path != first.path {
		t.Errorf("got path %q", first.request.URL.Path)
	}
}
