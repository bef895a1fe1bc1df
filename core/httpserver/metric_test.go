package httpserver_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// metricNames are the names of all metrics. The last two are body sizes.
var metricNames = []string{
	"http.server.request.duration", "http.server.active_requests",
	"http.server.request.body.size", "http.server.response.body.size",
}

// TestDurationMetricAttributes proves which attributes http.server.request.duration has.
func TestDurationMetricAttributes(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	req := newRequest("/process/1?q=1", "User-Agent", "probe")
	req.Route = "/process/:item_id"
	_, x := instrument(t, r).Start(t.Context(), req)
	x.End(httpserver.Outcome{Status: 503, RequestSize: httpserver.Bytes(5), ResponseSize: httpserver.Bytes(7)})
	span := r.Only()

	want := map[attribute.Key]any{
		"http.request.method":       "GET",
		"url.scheme":                "http",
		"http.route":                "/process/:item_id",
		"http.response.status_code": int64(503),
		"error.type":                "503",
		"network.protocol.version":  "1.1",
	}
	sums := map[string]float64{
		"http.server.request.duration":   span.EndTime().Sub(span.StartTime()).Seconds(),
		"http.server.request.body.size":  5,
		"http.server.response.body.size": 7,
	}
	for name, sum := range sums {
		points := r.Points(name)
		if len(points) != 1 || points[0].Count != 1 {
			t.Fatalf("got %s points %v, want one", name, points)
		}
		if points[0].Sum != sum {
			t.Errorf("got %s %v, want %v", name, points[0].Sum, sum)
		}
		if !reflect.DeepEqual(points[0].Attributes, want) {
			t.Errorf("got %s attributes %v, want %v", name, points[0].Attributes, want)
		}
		if exemplars := points[0].Exemplars; len(exemplars) != 1 || exemplars[0] != span.SpanContext().TraceID().String() {
			t.Errorf("got %s exemplars %v, want the span's trace", name, exemplars)
		}
	}
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	if got := r.Points("http.server.request.duration")[0].Bounds; !reflect.DeepEqual(got, bounds) {
		t.Errorf("got boundaries %v, want %v", got, bounds)
	}
}

func TestUnknownSizesAreNotMeasured(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	_, x := instrument(t, r).Start(t.Context(), newRequest("/"))
	x.End(httpserver.Outcome{Status: 200})
	for _, name := range metricNames[2:] {
		if points := r.Points(name); len(points) != 0 {
			t.Errorf("got %s points %v for an unknown size, want none", name, points)
		}
	}
}

// TestActiveRequestsCountOpenExchanges proves that http.server.active_requests counts the
// open exchanges, by method and scheme.
func TestActiveRequestsCountOpenExchanges(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	secure := newRequest("/")
	secure.TLS = true
	_, first := instrumentation.Start(t.Context(), newRequest("/"))
	_, second := instrumentation.Start(t.Context(), newRequest("/"))
	_, secureExchange := instrumentation.Start(t.Context(), secure)

	active := func() map[any]float64 {
		sums := make(map[any]float64)
		for _, point := range r.Collect("http.server.active_requests") {
			if len(point.Attributes) != 2 || point.Attributes["http.request.method"] != "GET" {
				t.Errorf("got attributes %v, want method and scheme", point.Attributes)
			}
			sums[point.Attributes["url.scheme"]] = point.Sum
		}
		return sums
	}
	if got, want := active(), (map[any]float64{"http": 2, "https": 1}); !reflect.DeepEqual(got, want) {
		t.Errorf("got active requests %v, want %v", got, want)
	}
	first.End(successOutcome())
	second.End(httpserver.Outcome{Panic: "boom"})
	secureExchange.End(successOutcome())
	if got, want := active(), (map[any]float64{"http": 0, "https": 0}); !reflect.DeepEqual(got, want) {
		t.Errorf("got active requests %v, want %v", got, want)
	}
}

func TestClientsCannotCreateTimeSeries(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	instrumentation := instrument(t, r)
	for i := range 1000 {
		req := newRequest(fmt.Sprintf("/unmatched/%d", i), "User-Agent", fmt.Sprintf("agent/%d", i), "X-Forwarded-Proto", fmt.Sprint(i))
		req.Method, req.Host = fmt.Sprintf("M%d", i), fmt.Sprintf("h%d.example:%d", i, i+1)
		_, x := instrumentation.Start(t.Context(), req)
		x.End(successOutcome())
	}
	for _, name := range metricNames {
		if points := r.Points(name); len(points) != 1 {
			t.Errorf("got %d series of %s from 1,000 made-up requests, want 1", len(points), name)
		}
	}
}

func TestDurationOfUnsampledRequestIsMeasured(t *testing.T) {
	r := httpservertest.New(t, httpserver.Config{})
	before := time.Now()
	_, x := instrument(t, r).Start(t.Context(), newRequest("/", "traceparent", unsampledTraceparent))
	x.End(successOutcome())
	points := r.Points("http.server.request.duration")
	if len(points) != 1 || points[0].Sum <= 0 || points[0].Sum > time.Since(before).Seconds() {
		t.Errorf("got %v, want the time between Start and End", points)
	}
}
