package prometheus

import (
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// database is Prometheus in this process: storage, OTLP receiver and query engine.
type database struct {
	*tsdb.DB
	otlpHandler http.Handler // receives metrics over OTLP/HTTP
	engine      *promql.Engine
	parser      parser.Parser
}

// newDatabase returns a database with Prometheus' default configuration. If convert is
// true, it stores classic histograms as native histograms with the same boundaries
// (convert_histograms_to_nhcb). Otherwise it stores them unchanged.
func newDatabase(t *testing.T, logger *slog.Logger, convert bool) *database {
	t.Helper()
	options := tsdb.DefaultOptions()
	// One block covers the whole test, so that rules can be evaluated at times before the
	// last sample.
	options.MinBlockDuration = (24 * time.Hour).Milliseconds()
	options.MaxBlockDuration = options.MinBlockDuration
	options.EnableExemplarStorage, options.MaxExemplars = true, 10_000
	db, err := tsdb.Open(t.TempDir(), logger, nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	configuration := config.DefaultConfig
	configuration.OTLPConfig.ConvertHistogramsToNHCB = convert
	p := parser.NewParser(parser.Options{})
	return &database{
		DB: db,
		otlpHandler: remote.NewOTLPWriteHandler(logger, client.NewRegistry(), db,
			func() config.Config { return configuration }, remote.OTLPOptions{}),
		engine: promql.NewEngine(promql.EngineOpts{
			Logger: logger, MaxSamples: 50_000_000, Timeout: backendtest.Patience, EnableAtModifier: true, EnableNegativeOffset: true, Parser: p,
		}),
		parser: p,
	}
}

// series is one series of a query's result.
type series struct {
	labels labels.Labels
	value  float64
}

// query evaluates a query at one time. The test fails if there is a warning.
func (d *database) query(t *testing.T, expression string, at time.Time) (all []series) {
	t.Helper()
	query, err := d.engine.NewInstantQuery(t.Context(), d, nil, expression, at)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, expression)
	}
	defer query.Close()
	result := query.Exec(t.Context())
	if result.Err != nil {
		t.Fatalf("%v in:\n%s", result.Err, expression)
	}
	if len(result.Warnings) > 0 {
		warnings, infos := result.Warnings.AsStrings(expression, 0, 0)
		t.Errorf("got the warnings %q and %q from:\n%s", warnings, infos, expression)
	}
	switch value := result.Value.(type) {
	case promql.Vector:
		for _, sample := range value {
			if sample.H != nil {
				t.Errorf("got a histogram for %s, want a number from:\n%s", sample.Metric, expression)
			}
			all = append(all, series{sample.Metric, sample.F})
		}
	case promql.Scalar:
		all = append(all, series{value: value.V})
	default:
		t.Fatalf("got %T from:\n%s", value, expression)
	}
	slices.SortFunc(all, func(a, b series) int { return labels.Compare(a.labels, b.labels) })
	return all
}

// countRangeValues returns the number of values, except NaN, that a query returns in a time
// range.
func (d *database) countRangeValues(t *testing.T, expression string, from, to time.Time, step time.Duration) (count int) {
	t.Helper()
	query, err := d.engine.NewRangeQuery(t.Context(), d, nil, expression, from, to, step)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, expression)
	}
	defer query.Close()
	result := query.Exec(t.Context())
	matrix, err := result.Matrix()
	if err != nil {
		t.Fatalf("%v in:\n%s", err, expression)
	}
	for _, s := range matrix {
		for _, point := range s.Floats {
			if !math.IsNaN(point.F) {
				count++
			}
		}
	}
	return count
}

// labelValues implements Grafana's function label_values, which the variables of dashboards
// use. It returns the values that the label with the name has in the selected series.
func (d *database) labelValues(t *testing.T, selector, name string, at time.Time) (values []string) {
	t.Helper()
	for _, s := range d.query(t, "count by ("+name+") ("+selector+")", at) {
		if value := s.labels.Get(name); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// newTestFailingLogger returns a logger for Prometheus. Each error that is logged fails the
// test, since Prometheus reports some errors only in its log.
func newTestFailingLogger(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(testFailingWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
}

// testFailingWriter is a writer that fails the test for each line written.
type testFailingWriter struct{ t *testing.T }

func (f testFailingWriter) Write(line []byte) (int, error) {
	f.t.Errorf("Prometheus logs: %s", strings.TrimSpace(string(line)))
	return len(line), nil
}
