package guide

import (
	"bytes"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv126 "go.opentelemetry.io/otel/semconv/v1.26.0"
	semconv143 "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// The tests of this file check the statements of the troubleshooting page about messages
// of other libraries.

// setUpWithCollector returns telemetry and the receiver that it exports to.
func setUpWithCollector(t *testing.T, options ...core.Option) (*core.Telemetry, *otlptest.Server) {
	t.Helper()
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), append([]core.Option{core.WithServiceName("orders"), core.WithLogger(slog.New(slog.DiscardHandler))}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shutdownNow(t, tel) })
	return tel, collector
}

// TestAdapterCausesNoSuperfluousWriteHeader checks that the adapter does not cause
// net/http's message about a superfluous WriteHeader. If a handler causes the message, the
// message must name the handler.
func TestAdapterCausesNoSuperfluousWriteHeader(t *testing.T) {
	tel, _ := setUpWithCollector(t)
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a write after a flush": {func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			_, _ = w.Write([]byte("ok"))
		}, ""},
		"a second status": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusInternalServerError)
		}, "superfluous response.WriteHeader call from github.com/samespan/samespan/conformance/compare/internal/guide.TestAdapterCausesNoSuperfluousWriteHeader"},
	} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			server := httptest.NewUnstartedServer(nethttpotel.Middleware(tel)(test.handler))
			server.Config.ErrorLog = log.New(&logged, "", 0)
			server.Start()
			get(t, http.DefaultClient, server.URL)
			server.Close() // waits until the handler has returned
			if got := logged.String(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("got the message %q, want %q", got, test.want)
			}
		})
	}
}

// TestResponseWriterKeepsItsMethods checks that handlers get a Hijacker and a Flusher if
// the server's writer implements these interfaces.
func TestResponseWriterKeepsItsMethods(t *testing.T) {
	tel, _ := setUpWithCollector(t)
	server := httptest.NewServer(nethttpotel.Middleware(tel)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Hijacker); !ok {
			t.Error("got no http.Hijacker")
		}
		if _, ok := w.(http.Flusher); !ok {
			t.Error("got no http.Flusher")
		}
	})))
	defer server.Close()
	get(t, http.DefaultClient, server.URL)
}

// TestResourceAcceptsAnySchemaURL checks that attributes of any version of the
// conventions can be added to the resource. Merging two resources with different schema
// URLs would fail.
func TestResourceAcceptsAnySchemaURL(t *testing.T) {
	older := resource.NewWithAttributes(semconv126.SchemaURL, semconv126.DeploymentEnvironment("production"))
	newer := resource.NewWithAttributes(semconv143.SchemaURL, semconv143.ServiceVersion("1.4.2"))
	if _, err := resource.Merge(older, newer); !errors.Is(err, resource.ErrSchemaURLConflict) || !strings.Contains(err.Error(), "conflicting Schema URL") {
		t.Errorf("resource.Merge: got %v, want the message that the page quotes", err)
	}
	tel, collector := setUpWithCollector(t, core.WithResourceAttributes(semconv126.DeploymentEnvironment("production"), semconv143.ServiceVersion("1.4.2")))
	_, span := tel.TracerProvider().Tracer("orders").Start(t.Context(), "order")
	span.End()
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := collector.Spans()
	if len(spans) != 1 {
		t.Fatalf("got %d spans, want one", len(spans))
	}
	if got := spans[0].Resource; got["deployment.environment"] != "production" || got["service.version"] != "1.4.2" {
		t.Errorf("got the resource %v, want both attributes", got)
	}
}

// TestInvalidUTF8LosesNothing checks that nothing is lost if a span has a string that
// gRPC cannot encode.
func TestInvalidUTF8LosesNothing(t *testing.T) {
	tel, collector := setUpWithCollector(t)
	for _, name := range []string{"good", "caf\xe9"} {
		_, span := tel.TracerProvider().Tracer("orders").Start(t.Context(), name)
		span.End()
	}
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, span := range collector.Spans() {
		names = append(names, span.Name())
	}
	compareSets(t, "spans", names, []string{"good", "caf\uFFFD"})
}

// TestClientWithoutGlobalsNeedsOptions checks two statements of TROUBLESHOOTING.md about
// WithoutGlobals: otelhttp's client sends no traceparent by default, and sends one with
// the options WithPropagators and WithTracerProvider.
func TestClientWithoutGlobalsNeedsOptions(t *testing.T) {
	before := otel.GetTextMapPropagator()
	t.Cleanup(func() { otel.SetTextMapPropagator(before) })
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator()) // as in a program that has not set a propagator
	tel, _ := setUpWithCollector(t, core.WithoutGlobals())
	var received string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received = r.Header.Get("Traceparent") }))
	defer server.Close()
	for name, test := range map[string]struct {
		options []otelhttp.Option
		want    bool
	}{
		"without options": {nil, false},
		"with both":       {[]otelhttp.Option{otelhttp.WithPropagators(tel.Propagator()), otelhttp.WithTracerProvider(tel.TracerProvider())}, true},
	} {
		received = ""
		get(t, &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport, test.options...)}, server.URL)
		if got := received != ""; got != test.want {
			t.Errorf("%s: got traceparent %q, want one: %v", name, received, test.want)
		}
	}
}

// TestDocumentListsDurationBuckets checks that core/httpserver/TELEMETRY.md lists the
// bucket boundaries of http.server.request.duration.
func TestDocumentListsDurationBuckets(t *testing.T) {
	tel, collector := setUpWithCollector(t)
	server := httptest.NewServer(nethttpotel.Middleware(tel)(http.NotFoundHandler()))
	defer server.Close()
	get(t, http.DefaultClient, server.URL)
	if err := tel.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var bounds []string
	for _, metric := range collector.Metrics() {
		if metric.Name() == "http.server.request.duration" {
			for _, bound := range metric.Points()[0].Bounds {
				bounds = append(bounds, strconv.FormatFloat(bound, 'g', -1, 64))
			}
		}
	}
	if len(bounds) < 2 {
		t.Fatalf("got the boundaries %v", bounds)
	}
	last := len(bounds) - 1
	if want := strings.Join(bounds[:last], ", ") + " and " + bounds[last] + "."; !strings.Contains(readDocument(t, "core/httpserver/TELEMETRY.md"), want) {
		t.Errorf("the page does not list %s", want)
	}
}

// get sends a request, and reads the response to its end.
func get(t *testing.T, client *http.Client, url string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Write(&bytes.Buffer{}); err != nil {
		t.Error(err)
	}
	response.Body.Close()
}
