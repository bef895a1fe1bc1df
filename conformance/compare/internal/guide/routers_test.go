package guide

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"

	"github.com/samespan/samespan/conformance/compare/internal/guide/snippet"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// routerGuides are the migration guides for the instrumentations of other routers that
// are built on net/http.
var routerGuides = []struct {
	document string
	// upstream are the paths of the instrumentation's packages.
	upstream []string
	// otherVersionNames are names that the packages export only in other versions than the one
	// in go.mod.
	otherVersionNames []string
	// before and after return the router, instrumented as the guide shows before and
	// after the migration.
	before, after func(*core.Telemetry) http.Handler
}{
	{
		"nethttpotel/FROM-OTELMUX.md", []string{"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux"},
		[]string{"WithMeterProvider", "WithMetricAttributesFn"},
		func(*core.Telemetry) http.Handler { return registerMuxRoutes(snippet.Otelmux()) },
		func(tel *core.Telemetry) http.Handler {
			return snippet.MuxHandler(tel, registerMuxRoutes(snippet.MuxRouter(tel)))
		},
	},
	{
		"nethttpotel/FROM-OTELCHI.md", []string{"github.com/riandyrn/otelchi", "github.com/riandyrn/otelchi/metric"},
		[]string{"NewServerRequestDuration"},
		func(*core.Telemetry) http.Handler {
			r := snippet.Otelchi()
			snippet.OtelchiMetrics(r)
			return registerChiRoutes(r)
		},
		func(tel *core.Telemetry) http.Handler { return registerChiRoutes(snippet.ChiRouter(tel)) },
	},
}

// registerMuxRoutes registers routerHandlers on r and returns r.
func registerMuxRoutes(r *mux.Router) *mux.Router {
	for pattern, handler := range routerHandlers {
		method, path, _ := strings.Cut(pattern, " ")
		r.HandleFunc(path, handler).Methods(method)
	}
	return r
}

// registerChiRoutes registers routerHandlers on r and returns r.
func registerChiRoutes(r *chi.Mux) *chi.Mux {
	for pattern, handler := range routerHandlers {
		method, path, _ := strings.Cut(pattern, " ")
		r.MethodFunc(method, path, handler)
	}
	return r
}

// routerHandlers maps the pattern of each route to its handler.
var routerHandlers = map[string]http.HandlerFunc{
	"GET /process/{item_id}": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "processed") },
	"POST /echo":             func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
	"GET /fail/503":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	"GET /panic":             func(http.ResponseWriter, *http.Request) { panic("as asked") },
}

// telemetryNamesOfRouter runs a router, sends requests and returns the names of the exported
// telemetry.
func telemetryNamesOfRouter(t *testing.T, router func(*core.Telemetry) http.Handler) telemetryNames {
	t.Helper()
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true")
	tel, err := core.Setup(t.Context(), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(router(tel))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	for _, r := range requests {
		request, err := http.NewRequestWithContext(t.Context(), r.method, server.URL+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Forwarded-For", "192.0.2.1")
		request.Close = true
		if response, err := server.Client().Do(request); err == nil { // after a panic the connection may be closed
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return telemetryNamesIn(collector.Snapshot(), "")
}

// TestRouterGuidesListExportedNames checks that the guides' tables and queries have the
// names that are exported before and after the migration.
func TestRouterGuidesListExportedNames(t *testing.T) {
	for _, g := range routerGuides {
		t.Run(g.document, func(t *testing.T) {
			document := readDocument(t, g.document)
			before, after := telemetryNamesOfRouter(t, g.before), telemetryNamesOfRouter(t, g.after)
			compareTable(t, document, "## Attributes of the span", before.spanAttributes, after.spanAttributes)
			compareTable(t, document, "## Metrics", before.metrics, after.metrics)
			compareTable(t, document, "## Attributes of the metrics", before.pointAttributes, after.pointAttributes)
			checkQueries(t, document, before, after)
		})
	}
}

// TestRouterGuidesListUpstreamExports checks that the first column of the guide's
// table has exactly the names that the instrumentation exports.
func TestRouterGuidesListUpstreamExports(t *testing.T) {
	for _, g := range routerGuides {
		t.Run(g.document, func(t *testing.T) {
			var named []string
			exports := slices.Clone(g.otherVersionNames)
			for _, row := range tableRows(sectionText(readDocument(t, g.document), "## Options and other names")) {
				named = append(named, inlineCodeIn(row[0])...)
			}
			for _, path := range g.upstream {
				exports = append(exports, exportedNames(t, path)...)
			}
			slices.Sort(exports)
			compareSets(t, g.document, named, slices.Compact(exports))
		})
	}
}
