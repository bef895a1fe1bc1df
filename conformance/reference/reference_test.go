package reference_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/reference"
)

// telemetryRecorder provides the functions of a reference.Telemetry, and records their calls.
type telemetryRecorder struct {
	mu             sync.Mutex
	spans          []string // name and attributes of each ended span
	processedCount int      // number of calls of Processed
}

// requiredTelemetry returns a Telemetry without the optional functions.
func (r *telemetryRecorder) requiredTelemetry() reference.Telemetry {
	return reference.Telemetry{
		Span: func(ctx context.Context, name string, attributes map[string]any) (context.Context, func()) {
			return ctx, func() {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.spans = append(r.spans, fmt.Sprint(name, attributes))
			}
		},
		Processed: func(context.Context) { r.processedCount++ },
	}
}

// fullTelemetry returns a Telemetry with all functions, including the optional ones.
func (r *telemetryRecorder) fullTelemetry() reference.Telemetry {
	t := r.requiredTelemetry()
	t.Baggage = func(context.Context) map[string]string { return map[string]string{} }
	t.SetBaggage = func(ctx context.Context, list string) (context.Context, error) {
		if !strings.Contains(list, "=") {
			return nil, fmt.Errorf("got %q, want key=value", list)
		}
		return ctx, nil
	}
	t.Describe = func(context.Context, string, string) {}
	t.Client = http.DefaultClient
	t.Background = func(ctx context.Context, _ string, task func(context.Context) error) { _ = task(ctx) }
	t.Lifecycle = noopLifecycle{}
	return t
}

// noopLifecycle is a reference.Lifecycle that does nothing.
type noopLifecycle struct{}

func (noopLifecycle) ForceFlush(context.Context) error { return nil }
func (noopLifecycle) Shutdown(context.Context) error   { return nil }

func newService(t *testing.T, telemetry reference.Telemetry) *reference.Service {
	t.Helper()
	service, err := reference.New(telemetry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	return service
}

// newRouter returns a router for the service's routes. It does not set path values, so that
// the handlers must read the parameters from the path.
func newRouter(service *reference.Service) http.Handler {
	mux := http.NewServeMux()
	for _, route := range service.Routes() {
		mux.Handle(route.Method+" "+route.Pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}()
			plain := httptest.NewRequestWithContext(r.Context(), r.Method, r.RequestURI, r.Body)
			plain.Header = r.Header
			route.Handler.ServeHTTP(w, plain)
		}))
	}
	return mux
}

// get sends a GET request to the handler. header has the names and values of header fields,
// alternating.
func get(handler http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

// TestRoutesRespondAsContractSays checks that every route responds with the status of the
// contract.
func TestRoutesRespondAsContractSays(t *testing.T) {
	for name, handler := range map[string]func(*reference.Service) http.Handler{
		"handler": func(s *reference.Service) http.Handler { return s.Handler(nil) },
		"routes":  newRouter,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler(newService(t, new(telemetryRecorder).fullTelemetry())))
			defer server.Close()
			for _, route := range contract.Routes() {
				if name == "routes" && route.Path == "/batch" {
					continue
				}
				request, err := http.NewRequestWithContext(t.Context(), route.Method, server.URL+route.Target, strings.NewReader(route.Body))
				if err != nil {
					t.Fatal(err)
				}
				answer, err := server.Client().Do(request)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(answer.Body)
				answer.Body.Close()
				if answer.StatusCode != route.Status && route.Status != 0 || answer.StatusCode == http.StatusNotFound {
					t.Errorf("%s: got status %d and %q, want %d", route.String(), answer.StatusCode, body, route.Status)
				}
			}
		})
	}
}

func TestHandlersCallTelemetryFunctions(t *testing.T) {
	for name, handler := range map[string]func(*reference.Service) http.Handler{
		"handler": func(s *reference.Service) http.Handler { return s.Handler(nil) },
		"routes":  newRouter,
	} {
		var r telemetryRecorder
		h := handler(newService(t, r.requiredTelemetry()))
		answer := get(h, "/process/a%2Fb")
		if got := strings.TrimSpace(answer.Body.String()); got != `{"item_id":"a/b","status":"processed"}` {
			t.Errorf("%s: got %s", name, got)
		}
		get(h, "/context/middleware")
		if got, want := fmt.Sprint(r.spans), "[process_item_logicmap[item.id:a/b processing.status:completed] context_childmap[context.source:middleware]]"; got != want || r.processedCount != 1 {
			t.Errorf("%s: got the spans %s and %d processed, want %s and 1", name, got, r.processedCount, want)
		}
	}
}

// TestRoutesOfNilFunctionsAreNotServed checks that the routes of an optional function are
// not served if the function is nil.
func TestRoutesOfNilFunctionsAreNotServed(t *testing.T) {
	h := newService(t, new(telemetryRecorder).requiredTelemetry()).Handler(nil)
	for target, want := range map[string]int{
		"/baggage": http.StatusNotFound, "/described/200": http.StatusNotFound, "/background": http.StatusNotImplemented, "/status/202": http.StatusAccepted,
	} {
		if got := get(h, target).Code; got != want {
			t.Errorf("GET %s: got %d, want %d", target, got, want)
		}
	}
	if got := get(h, "/status/202", "X-Set-Baggage", "none").Code; got != http.StatusAccepted {
		t.Errorf("got %d for X-Set-Baggage without the function, want it to do nothing", got)
	}
}

// TestInsideIsAppliedOnce checks that the work of Inside is done exactly once, either by
// a middleware of the framework or by the handlers.
func TestInsideIsAppliedOnce(t *testing.T) {
	var r telemetryRecorder
	service := newService(t, r.fullTelemetry())
	routes := newRouter(service)
	h := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		inner, err := service.Inside(req)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		routes.ServeHTTP(w, inner)
	})
	if got := get(h, "/context/middleware"); got.Code != http.StatusOK || len(r.spans) != 1 {
		t.Errorf("got status %d and the spans %q, want one of the middleware", got.Code, r.spans)
	}
	for _, handler := range []http.Handler{h, routes, service.Handler(nil)} {
		if got := get(handler, "/status/202", "X-Set-Baggage", "none").Code; got != http.StatusBadRequest {
			t.Errorf("got %d for an invalid list of members, want 400", got)
		}
	}
}

// TestVariablesConfigureService checks the effect of the environment variables that
// reference.New reads.
func TestVariablesConfigureService(t *testing.T) {
	t.Setenv("SAMESPAN_SLUG", "true")
	t.Setenv("SAMESPAN_RECOVERY", "503")
	t.Setenv("SAMESPAN_REWRITE", "outside")
	h := newService(t, new(telemetryRecorder).requiredTelemetry()).Handler(nil)
	if got := get(h, "/anything").Body.String(); got != "slug" {
		t.Errorf("got %q, want slug", got)
	}
	if got := get(h, "/panic").Code; got != http.StatusServiceUnavailable {
		t.Errorf("got %d from the recovery, want 503", got)
	}
	if got := get(h, "/nothing/here", "X-Rewrite", "GET /status/299").Code; got != 299 {
		t.Errorf("got %d for a request that is rewritten, want 299", got)
	}
	for name, value := range map[string]string{"SAMESPAN_SLUG": "perhaps", "SAMESPAN_RECOVERY": "99", "SAMESPAN_REWRITE": "above"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if _, err := reference.New(new(telemetryRecorder).requiredTelemetry()); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
				t.Errorf("got %v, want an error that names %s=%s", err, name, value)
			}
		})
	}
	if _, err := reference.New(reference.Telemetry{}); err == nil || !strings.Contains(err.Error(), "Span") {
		t.Errorf("got %v without functions, want an error that names them", err)
	}
}

func TestTemplatesConvertRoutes(t *testing.T) {
	for route, want := range map[string][3]string{
		"/process/{item_id}":    {"/process/{item_id}", "/process/:item_id", "/process/:item_id"},
		"/files/{path...}":      {"/files/{path...}", "/files/*path", "/files/*"},
		"/static/{filepath...}": {"/static/", "/static/*filepath", "/static/*"},
		"/healthz":              {"/healthz", "/healthz", "/healthz"},
	} {
		if got := [3]string{reference.MuxTemplate(route), reference.GinTemplate(route), reference.StarTemplate(route)}; got != want {
			t.Errorf("%s: got %q, want %q", route, got, want)
		}
	}
}

func TestServeReturnsNilWhenContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ready := make(chan struct{})
	served := make(chan error, 1)
	const addr = "127.0.0.1:0"
	go func() { served <- reference.Serve(ctx, addr, http.NotFoundHandler(), func() { close(ready) }) }()
	<-ready
	cancel()
	if err := <-served; err != nil {
		t.Errorf("got %v for a service that has ended in order", err)
	}
	if err := reference.Serve(t.Context(), "127.0.0.1:none", http.NotFoundHandler(), func() { t.Error("it is ready") }); err == nil {
		t.Error("got no error for an invalid address")
	}
}
