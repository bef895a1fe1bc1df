package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/log"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/otlp"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestTooLargeResponseIsNotRetried proves that an accepted batch is not sent again
// if the collector's response is too large to read. gRPC uses the same status code
// for a batch that is too large, and such a batch is divided and sent again.
func TestTooLargeResponseIsNotRetried(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			r := collectorStarter{t, protocol}.startReceiver(protocol, nil)
			var mu sync.Mutex
			exports := make(map[string]int)
			r.setAnswer(func(signal string) answer {
				mu.Lock()
				defer mu.Unlock()
				exports[signal]++
				return answer{message: strings.Repeat("x", otlp.MaxAnswer)}
			})
			logger, logged := logtest.New()
			// A shutdown sends a batch again if its export has taken half of the shutdown
			// timeout, or if an attempt has timed out. Both timeouts are long, so that no batch is
			// sent again for these reasons, even on a slow machine.
			tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol, "OTEL_EXPORTER_OTLP_TIMEOUT", "120000"},
				WithLogger(logger), WithShutdownTimeout(5*time.Minute))
			counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
			if err != nil {
				t.Fatal(err)
			}
			endSpans(t, tel, 8)
			counter.Add(t.Context(), 1)
			for range 8 {
				tel.LoggerProvider().Logger("test").Emit(t.Context(), log.Record{})
			}
			if err := tel.Shutdown(t.Context()); !errors.Is(err, ErrLost) {
				t.Errorf("got %v, want an error about what may be lost", err)
			}
			for _, signal := range []string{"traces", "metrics", "logs"} {
				if exports[signal] != 1 {
					t.Errorf("%s: got %d exports, want 1", signal, exports[signal])
				}
				if !logged.Line(account.MessageLost, "signal="+signal, exporterror.ErrLargeAnswer.Error(), "may have accepted the export") {
					t.Errorf("%s: got no line of the log about it:\n%s", signal, logged)
				}
			}
		})
	}
}

// TestExportIsRetriedIfHeadersFunctionPanics proves that an export is retried if the
// function of WithHeaders panics.
func TestExportIsRetriedIfHeadersFunctionPanics(t *testing.T) {
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		t.Run(protocol, func(t *testing.T) {
			r := collectorStarter{t, protocol}.startReceiver(protocol, nil)
			calls := 0
			tel := setup(t, []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
				"OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
			}, WithHeaders(func(context.Context) (map[string]string, error) {
				calls++
				if calls == 1 {
					panic("no token")
				}
				return map[string]string{"api-key": fmt.Sprint(calls)}, nil
			}))
			endSpans(t, tel, 1)
			if err := tel.Shutdown(t.Context()); err != nil || r.spanCount() != 1 {
				t.Errorf("got %v and %d spans, want 1", err, r.spanCount())
			}
		})
	}
}
