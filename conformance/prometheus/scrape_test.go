package prometheus

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// scrapeFrom makes the database scrape an address every 100 ms until the test ends. The
// rest of the configuration is Prometheus' default.
func (d *database) scrapeFrom(t *testing.T, job, address string) {
	t.Helper()
	configuration, err := config.Load(fmt.Sprintf(
		"{global: {scrape_interval: 100ms, scrape_timeout: 100ms}, scrape_configs: [{job_name: %s, static_configs: [{targets: [%q]}]}]}", job, address),
		newTestFailingLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	manager, err := scrape.NewManager(&scrape.Options{DiscoveryReloadInterval: model.Duration(10 * time.Millisecond)}, newTestFailingLogger(t), nil, nil, d, client.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.ApplyConfig(configuration); err != nil {
		t.Fatal(err)
	}
	targets, ended := make(chan map[string][]*targetgroup.Group), make(chan error, 1)
	go func() { ended <- manager.Run(targets) }()
	t.Cleanup(func() {
		manager.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	targets <- map[string][]*targetgroup.Group{job: {{
		Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(address)}}, Source: job,
	}}}
}

// TestPrometheusScrapesRequests checks that Prometheus can scrape a service with
// OTEL_METRICS_EXPORTER=prometheus. PromQL must find the requests, with units and
// exemplars, but not the scrapes themselves.
func TestPrometheusScrapesRequests(t *testing.T) {
	for _, variables := range []string{"prometheus", "otlp,prometheus"} {
		t.Run(variables, func(t *testing.T) {
			d := newDatabase(t, newTestFailingLogger(t), false)
			_, port, _ := strings.Cut(backendtest.FreeAddress(t), ":")
			const requests = 40
			s := startService(t, journalStarter(), "journal", nil, journalVariable+"=true", "OTEL_SERVICE_NAME=journal",
				"OTEL_TRACES_EXPORTER=otlp", "OTEL_LOGS_EXPORTER=none", "OTEL_METRICS_EXPORTER="+variables,
				"OTEL_EXPORTER_PROMETHEUS_HOST=127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT="+port,
				"OTEL_GO_RUNTIME_METRICS=true", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
			for range requests {
				s.send(processKinds[0])
			}
			if n := len(s.endedBetween(time.Time{}, time.Now())); n != requests {
				t.Fatalf("got %d answers, want %d", n, requests)
			}
			d.scrapeFrom(t, "shop", "127.0.0.1:"+port)
			const counted = `http_server_request_duration_seconds_count{job="shop"}`
			var got []series
			backendtest.Eventually(t, "the requests are found", func() bool {
				got = d.query(t, counted, time.Now())
				return len(got) > 0
			})
			if len(got) != 1 || got[0].value != requests {
				t.Fatalf("got %v, want %d from %s", got, requests, counted)
			}
			for name, want := range map[string]string{
				"http_request_method": http.MethodGet, "http_route": "/process/{item_id}", "http_response_status_code": "200",
				"instance": "127.0.0.1:" + port,
			} {
				if value := got[0].labels.Get(name); value != want {
					t.Errorf("got %s=%q, want %q", name, value, want)
				}
			}
			for query, want := range map[string]float64{
				`up{job="shop"}`: 1,
				`http_server_request_duration_seconds_bucket{job="shop", le="10.0"}`:                                                                            requests,
				`histogram_quantile(1, http_server_request_duration_seconds_bucket{job="shop"}) <= bool 10`:                                                     1,
				`count(target_info{job="shop", service_name="journal"})`:                                                                                        1,
				`count by (job) (http_server_active_requests{job="shop"})`:                                                                                      1,
				`count(go_goroutine_count{job="shop"})`:                                                                                                         1,
				`sum by (job) (http_server_request_duration_seconds_count) / on (job) group_left target_info{service_name="journal"} / ` + fmt.Sprint(requests): 1,
			} {
				if got := d.query(t, query, time.Now()); len(got) != 1 || got[0].value != want {
					t.Errorf("got %v, want %v from %s", got, want, query)
				}
			}
			d.checkExemplar(t)
		})
	}
}

// checkExemplar checks that a bucket has an exemplar with a trace id and a span id.
func (d *database) checkExemplar(t *testing.T) {
	t.Helper()
	querier, err := d.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := querier.Select(0, time.Now().UnixMilli(), []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, "__name__", "http_server_request_duration_seconds_bucket"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range found {
		for _, exemplar := range s.Exemplars {
			if len(exemplar.Labels.Get("trace_id")) == 32 && len(exemplar.Labels.Get("span_id")) == 16 {
				return
			}
		}
	}
	t.Errorf("got the exemplars %v, want one with trace_id and span_id", found)
}
