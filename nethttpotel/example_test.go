package nethttpotel_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/nethttpotel"
)

// exampleEngine returns an engine, and a function that prints the names of its spans.
func exampleEngine() (*httpserver.Engine, func()) {
	spans := tracetest.NewInMemoryExporter()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		MeterProvider:  metric.NewMeterProvider(),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		panic(err)
	}
	return engine, func() {
		for _, span := range spans.GetSpans() {
			fmt.Println(span.Name)
		}
	}
}

// sendRequests sends a GET request for each of paths to handler.
func sendRequests(handler http.Handler, paths ...string) {
	for _, path := range paths {
		request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
}

// Put the middleware around the mux. The application in this example has built the
// providers itself. An application that calls core.Setup passes its *core.Telemetry instead
// of the engine.
func ExampleMiddleware() {
	spans := tracetest.NewInMemoryExporter()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		MeterProvider:  metric.NewMeterProvider(),
		Exclude:        []string{"healthz"},
	})
	if err != nil {
		panic(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(w, "processed", r.PathValue("item_id"))
	})
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	handler := nethttpotel.Middleware(engine)(mux)

	sendRequests(handler, "/process/12345", "/healthz")
	for _, span := range spans.GetSpans() {
		fmt.Println(span.SpanKind, span.Name)
	}
	// Output: server GET /process/{item_id}
}

// For a router other than [http.ServeMux], pass a function that returns the route of the
// request. For chi, the function calls chi.RouteContext(r.Context()).RoutePattern.
func ExampleWithRoute() {
	engine, printSpans := exampleEngine()

	type matched struct{}
	router := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		*r.Context().Value(matched{}).(*string) = "/orders/{id}"
	})
	middleware := nethttpotel.Middleware(engine, nethttpotel.WithRoute(func(r *http.Request) string {
		return *r.Context().Value(matched{}).(*string)
	}))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), matched{}, new(string)))
		middleware(router).ServeHTTP(w, r)
	})

	sendRequests(handler, "/orders/1")
	printSpans()
	// Output: GET /orders/{id}
}

// The spans of two operations on one route can have different names.
func ExampleWithSpanName() {
	engine, printSpans := exampleEngine()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /rpc", func(http.ResponseWriter, *http.Request) {})
	handler := nethttpotel.Middleware(engine, nethttpotel.WithSpanName(func(r *http.Request) string {
		switch operation := r.URL.Query().Get("operation"); operation {
		case "open", "close":
			return "rpc " + operation
		default:
			return "" // a value that a client chooses must not become a span name
		}
	}))(mux)

	sendRequests(handler, "/rpc?operation=open", "/rpc?operation=12345")
	printSpans()
	// Output:
	// rpc open
	// GET /rpc
}
