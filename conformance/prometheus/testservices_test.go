package prometheus

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/backendtest"
	"github.com/samespan/samespan/conformance/otlptest"
)

// nativeHistograms is the environment variable, with its value, that makes a service export
// native histograms.
const nativeHistograms = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=base2_exponential_bucket_histogram"

// Durations of the parts of a test, on Prometheus' clock. Queries use the last five minutes
// of a part. Each part is longer, so that a query does not cover the previous part.
const (
	healthyDuration = 8 * time.Minute
	faultyDuration  = 15 * time.Minute
	killedDuration  = 10 * time.Minute
)

// The kinds of requests that the clients send to services.
var (
	// usualKinds are requests that do not fail. Some have the status 404.
	usualKinds = []requestKind{
		{method: http.MethodGet, path: "/process/7", route: "/process/{item_id}"},
		{method: http.MethodPost, path: "/echo", route: "/echo", bodySize: 3000},
		{method: http.MethodGet, path: "/process/8", route: "/process/{item_id}"},
		{method: http.MethodGet, path: "/status/404", route: "/status/{code}"},
		{method: http.MethodGet, path: "/no/route/of/ours", route: ""},
	}
	// usualAndAbandonedKinds are usualKinds and a request whose client disconnects, which
	// is not a failure of the service.
	usualAndAbandonedKinds = append([]requestKind{
		{method: http.MethodGet, path: "/slow/60000", route: "/slow/{ms}", disconnectAfter: 50 * time.Millisecond},
	}, usualKinds...)
	// usualAndFaultyKinds are usualKinds and requests that fail or are slow.
	usualAndFaultyKinds = append([]requestKind{
		{method: http.MethodGet, path: "/status/503", route: "/status/{code}"},
		{method: http.MethodGet, path: "/slow/1500", route: "/slow/{ms}"},
		{method: http.MethodGet, path: "/status/503", route: "/status/{code}"},
		{method: http.MethodGet, path: "/status/503", route: "/status/{code}"},
	}, usualKinds...)
	// processKinds has only requests to /process.
	processKinds = usualKinds[:1]
)

// testServices are the services whose metrics a test queries, and the databases that store
// these metrics.
type testServices struct {
	clock
	// plainDatabase stores classic histograms unchanged. convertedDatabase stores them as
	// native histograms with custom boundaries.
	plainDatabase, convertedDatabase *database
	// healthyServices have no faults. faultyServices get requests that fail or are slow, and
	// lose their collector. The journal is a service that logs, loses its collector, cannot
	// export some of its metrics, and is near GOMEMLIMIT.
	healthyServices, faultyServices []*service
	journal                         *service
	// killedService is the faulty service that is killed at faultyUntil.
	killedService *service

	// The ends of the parts of the test, on the services' clock.
	healthyUntil, faultyUntil, killedUntil time.Time
}

// allServices returns the healthy services, the faulty services and the journal.
func (w *testServices) allServices() []*service {
	return append(append(append([]*service{}, w.healthyServices...), w.faultyServices...), w.journal)
}

// runTestServices starts the services and runs them with and without faults. It returns when
// all three parts of the test are over.
func runTestServices(t *testing.T) *testServices {
	t.Helper()
	logger := newTestFailingLogger(t)
	w := &testServices{plainDatabase: newDatabase(t, logger, false), convertedDatabase: newDatabase(t, logger, true)}
	g := newGateway(w.plainDatabase.otlpHandler, w.convertedDatabase.otlpHandler)
	w.clock = g.clock
	metrics := httptest.NewServer(g)
	t.Cleanup(metrics.Close)
	collector := otlptest.Start(t)
	lost, err := otlptest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lost.Close() })

	common := []string{
		"OTEL_GO_SDK_METRICS=true", "OTEL_GO_RUNTIME_METRICS=true", "SAMESPAN_OPT_IN=active_requests,body_sizes",
		"SAMESPAN_ROUTE_FORMAT=braces", "GOMEMLIMIT=" + strconv.Itoa(1<<30),
		"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=" + metrics.URL + "/v1/metrics",
		"OTEL_METRIC_EXPORT_INTERVAL=250", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50",
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
	}
	// With these settings, the queues fill in seconds if the collector is down. They are
	// still large enough for delays on a busy machine. An export times out after 2 seconds.
	small := []string{"OTEL_BSP_MAX_QUEUE_SIZE=40", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=40", "OTEL_BSP_EXPORT_TIMEOUT=2000",
		"OTEL_BLRP_MAX_QUEUE_SIZE=40", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=40", "OTEL_BLRP_EXPORT_TIMEOUT=2000"}
	start := func(name, namespace string, to *otlptest.Server, kinds []requestKind, env ...string) *service {
		env = append(append(append([]string{}, common...), "OTEL_SERVICE_NAME="+name, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.Endpoint()), env...)
		job := name
		if namespace != "" {
			job = namespace + "/" + name
			env = append(env, "OTEL_RESOURCE_ATTRIBUTES=service.namespace="+namespace)
		}
		if name == "journal" {
			return startService(t, journalStarter(), job, kinds, append(env, journalVariable+"=true")...)
		}
		return startService(t, backendtest.Reference(t, name), job, kinds, env...)
	}
	w.healthyServices = []*service{
		start("ginotel", "", collector, usualKinds),
		start("nethttpotel", "shop", collector, usualKinds, nativeHistograms),
	}
	w.faultyServices = []*service{
		start("echootel", "shop", lost, usualKinds, small...),
		start("fiberotel", "", lost, usualKinds, append(small, nativeHistograms)...),
	}
	w.journal = start("journal", "", lost, processKinds, append(small, "GOMEMLIMIT="+strconv.Itoa(5<<20), "GOMAXPROCS=1")...)

	w.healthyUntil = w.wait(t, g, healthyDuration, w.allServices()...)

	if err := lost.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.healthyServices {
		s.setKinds(usualAndAbandonedKinds)
	}
	for _, s := range w.faultyServices {
		s.setKinds(usualAndFaultyKinds)
	}
	g.rejectExports("journal", func(n int) bool { return n%4 == 0 })
	w.faultyUntil = w.wait(t, g, faultyDuration, w.allServices()...)

	w.killedService = w.faultyServices[0]
	w.killedService.endLoad()
	w.killedService.process.Kill()
	w.killedUntil = w.wait(t, g, killedDuration, w.healthyServices...)
	return w
}

// wait waits for a duration on Prometheus' clock, and then until each service has exported
// again. It returns the time, on the services' clock, at which the duration was over.
func (w *testServices) wait(t *testing.T, g *gateway, duration time.Duration, services ...*service) time.Time {
	t.Helper()
	until := time.Now().Add(duration / timeFactor)
	backendtest.Eventually(t, "time goes by", func() bool { return time.Now().After(until) })
	for _, s := range services {
		name := path.Base(s.job)
		exportsBefore := g.exportCount(name)
		backendtest.Eventually(t, s.job+" exports", func() bool { return g.exportCount(name) > exportsBefore+1 })
	}
	return until
}
