package snippet

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// telemetryLines returns a line for each span, attribute and series of the
// requests.
func telemetryLines(t *testing.T, service func(*core.Telemetry) http.Handler, paths ...string) []string {
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(service(tel))
	defer server.Close()
	for _, path := range paths {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}

	seen := make(map[string]bool)
	for _, span := range collector.Spans() {
		seen[fmt.Sprintf("span %s, %s", span.Name(), span.Kind())] = true
		for key := range span.Attributes {
			seen[fmt.Sprintf("span %s: %s", span.Name(), key)] = true
		}
	}
	for _, metric := range collector.Metrics() {
		for _, point := range metric.Points() {
			seen[fmt.Sprintf("series %s (%s) %s", metric.Name(), metric.Unit(), slices.Sorted(maps.Keys(point.Attributes)))] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// TestDifference shows the differences between the telemetry of otelhttp and that of
// nethttpotel.
func TestDifference(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(http.ResponseWriter, *http.Request) {})
	before := telemetryLines(t, func(*core.Telemetry) http.Handler { return Otelhttp(mux) }, "/process/12345?a=1")
	after := telemetryLines(t, func(tel *core.Telemetry) http.Handler { return Nethttpotel(mux, tel) }, "/process/12345?a=1")
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Log("gone:", line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			t.Log("new: ", line)
		}
	}
	if want := "span GET /process/{item_id}: http.route"; slices.Contains(before, want) || !slices.Contains(after, want) {
		t.Errorf("got\n%q before and\n%q after, want the route as new", before, after)
	}
}

// TestDifferenceInFiber compares the telemetry of otelfiber and fiberotel. It sends the
// requests through Fiber's adaptor for net/http.
func TestDifferenceInFiber(t *testing.T) {
	handler := func(app *fiber.App) http.Handler {
		app.Get("/process/:item_id", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) })
		return adaptor.FiberApp(app)
	}
	before := telemetryLines(t, func(*core.Telemetry) http.Handler { return handler(Otelfiber()) }, "/process/12345")
	after := telemetryLines(t, func(tel *core.Telemetry) http.Handler { return handler(Fiberotel(tel)) }, "/process/12345")
	if removed, added := "span /process/:item_id, server", "span GET /process/:item_id, server"; !slices.Contains(before, removed) || slices.Contains(after, removed) || !slices.Contains(after, added) {
		t.Errorf("got\n%q before and\n%q after, want the span's name changed", before, after)
	}
}
