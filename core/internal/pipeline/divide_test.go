package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/selflog"
	"github.com/samespan/samespan/internal/logtest"
)

// PartialSuccess has the name and the fields of the exporters' own types.
type PartialSuccess struct {
	RejectedItems int64
	ErrorMessage  string
}

func (e PartialSuccess) Error() string {
	return fmt.Sprint(e.RejectedItems, " rejected: ", e.ErrorMessage)
}

// TestDividedExportCombinesOutcomesOfHalves proves that if metrics are too large for one
// message, the outcome of the export includes the outcomes of both halves. A warning about
// one half does not hide the failure or the rejection of the other half, and the log has
// the reasons for both.
func TestDividedExportCombinesOutcomesOfHalves(t *testing.T) {
	warning, refused := PartialSuccess{0, "the clock is off"}, errors.New("401 Unauthorized")
	for _, test := range []struct {
		name string
		// halves are the errors of the exports of both halves.
		halves [2]error
		// failed is 1 if the export counts as failed, and points is the number of lost
		// data points.
		failed, points uint64
		// logged are the texts that the log must contain.
		logged []string
	}{
		{"both accepted", [2]error{}, 0, 0, nil},
		{"warning, accepted", [2]error{warning, nil}, 0, 0, []string{"with a warning", "the clock is off"}},
		{"warning, failure", [2]error{warning, refused}, 1, 4, []string{account.MessageLost, "401 Unauthorized", "the clock is off"}},
		{"failure, warning", [2]error{refused, warning}, 1, 4, []string{account.MessageLost, "401 Unauthorized", "the clock is off"}},
		{"warning, rejection", [2]error{warning, PartialSuccess{3, "quota"}}, 1, 3, []string{"3 data points rejected", "the clock is off", "quota"}},
		{"two rejections", [2]error{PartialSuccess{2, "quota"}, PartialSuccess{3, "quota"}}, 1, 5, []string{"5 data points rejected: quota"}},
		{"rejection, failure", [2]error{PartialSuccess{2, "quota"}, refused}, 1, 6, []string{account.MessageLost, "401 Unauthorized", "2 data points rejected: quota"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			logger, logged := logtest.New()
			report := selflog.NewReporter(func() *slog.Logger { return logger })
			counter := account.NewCounter("metrics", "export", "data point", report)
			counter.Destination = &exporterror.Destination{Collector: "collector:4318", Proxied: func() bool { return false }, Advise: strings.ToLower}
			calls := 0
			e := &MetricExporter{Lifetime: NewLifetime(nil), Counter: counter, Points: new(account.Counters), Exporter: funcExporter{export: func(context.Context) error {
				calls++
				if calls == 1 {
					return errors.New("received message larger than max")
				}
				return test.halves[calls-2]
			}}}
			data := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{
				{Name: "things", Data: metricdata.Sum[int64]{DataPoints: make([]metricdata.DataPoint[int64], 8)}},
			}}}}
			err := e.Export(t.Context(), data)
			if got, want := counter.Stats(), (account.Counts{Ended: 1, Exported: 1 - test.failed, Failed: test.failed}); got != want || (err != nil) != (test.failed > 0) {
				t.Errorf("got %+v and %v, want %+v", got, err, want)
			}
			if got, want := e.Points.Stats(), (account.Counts{Ended: 8, Exported: 8 - test.points, Failed: test.points}); got != want {
				t.Errorf("data points: got %+v, want %+v", got, want)
			}
			if test.logged == nil && logged.String() != "" || test.logged != nil && !logged.Line(test.logged...) {
				t.Errorf("want a line with %q, got:\n%s", test.logged, logged)
			}
		})
	}
}

// TestFailureOfFirstHalfIsNotExplainedBySecondHalf proves that the failure of the first
// half is reported with its own reason. The second half succeeds after a retry, and the
// error of its first attempt is not reported.
func TestFailureOfFirstHalfIsNotExplainedBySecondHalf(t *testing.T) {
	logger, logged := logtest.New()
	report := selflog.NewReporter(func() *slog.Logger { return logger })
	counter := account.NewCounter("metrics", "export", "data point", report)
	counter.Destination = &exporterror.Destination{Collector: "collector:4318", Proxied: func() bool { return false }, Advise: strings.ToLower}
	calls := 0
	e := &MetricExporter{Lifetime: NewLifetime(nil), Counter: counter, Points: new(account.Counters), Exporter: funcExporter{export: func(ctx context.Context) error {
		calls++
		switch calls {
		case 1:
			return errors.New("received message larger than max")
		case 2:
			counter.Destination.Attempts.Failed(ctx, errors.New("no such host"))
			return errors.New("context deadline exceeded")
		}
		counter.Destination.Attempts.Failed(ctx, errors.New("503 Service Unavailable")) // the retry of this half succeeds
		return nil
	}}}
	data := &metricdata.ResourceMetrics{ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: make([]metricdata.Metrics, 2)}}}
	if err := e.Export(t.Context(), data); err == nil || strings.Contains(err.Error(), "503") || !logged.Line(account.MessageLost, "no such host") {
		t.Errorf("got %v, want the reason of the first half alone:\n%s", err, logged)
	}
}
