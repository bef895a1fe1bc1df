package core

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/core/internal/account"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// newLimitedReceiver starts a receiver that refuses messages of more than limit bytes, with
// the error that collectors and proxies return.
func newLimitedReceiver(t *testing.T, protocol string, limit int64) *receiver {
	t.Helper()
	if protocol == settings.ProtocolGRPC {
		r := newReceiver(t, nil)
		r.maxMessageSize = limit
		return r
	}
	r := new(receiver)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.ContentLength > limit {
			_, _ = io.Copy(io.Discard, request.Body)
			http.Error(w, "too much", http.StatusRequestEntityTooLarge)
			return
		}
		r.serveHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	r.address = server.Listener.Addr().String()
	return r
}

// TestTooLargeBatchIsDivided exports, for each signal, a batch that is too large for the
// collector. It proves that all items arrive, except an item that is too large by itself.
func TestTooLargeBatchIsDivided(t *testing.T) {
	const items, limit = 100, 20_000
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		for _, oneTooLarge := range []bool{false, true} {
			t.Run(fmt.Sprint(protocol, " huge ", oneTooLarge), func(t *testing.T) {
				r := newLimitedReceiver(t, protocol, limit)
				logger, logged := logtest.New()
				tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol}, WithLogger(logger))
				counter, err := tel.MeterProvider().Meter("test").Int64Counter("things")
				if err != nil {
					t.Fatal(err)
				}
				for i := range items {
					size := 1000
					if oneTooLarge && i == 37 {
						size = limit + 1
					}
					text := attribute.String("text", fmt.Sprint(i, strings.Repeat("x", size)))
					_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), fmt.Sprint("span ", i))
					span.SetAttributes(text)
					span.End()
					var record log.Record
					record.SetBody(text.Value)
					tel.LoggerProvider().Logger("test").Emit(t.Context(), record)
					counter.Add(t.Context(), 1, metric.WithAttributes(text))
				}
				err = tel.Shutdown(t.Context())
				want := SpanStats{Ended: items, Exported: items}
				if oneTooLarge {
					want.Exported, want.Failed = items-1, 1
				}
				got := tel.Stats()
				for signal, s := range map[string]SpanStats{"traces": got.Traces, "logs": SpanStats(got.Logs), "metrics": SpanStats(got.Metrics.Points)} {
					if s != want {
						t.Errorf("%s: got %+v, want %+v", signal, s, want)
					}
					if oneTooLarge && !logged.Line(account.MessageLost, "signal="+signal, "raise the size limit") {
						t.Errorf("got no line about %s:\n%s", signal, logged)
					}
				}
				if oneTooLarge != (err != nil) {
					t.Errorf("got %v", err)
				}
				if r.spanCount() != want.Exported || len(r.spanCountsByName()) != int(want.Exported) {
					t.Errorf("the receiver has %d spans, %d of them different, want %d", r.spanCount(), len(r.spanCountsByName()), want.Exported)
				}
				points := 0
				r.mu.Lock()
				for _, m := range r.metrics {
					points += len(m.GetSum().GetDataPoints())
				}
				records := len(r.records)
				r.mu.Unlock()
				if points != int(want.Exported) || records != int(want.Exported) {
					t.Errorf("the receiver has %d points and %d records, want %d of each", points, records, want.Exported)
				}
			})
		}
	}
}

// TestEachLossReasonIsLogged proves that losses for two different reasons get a log line
// each, although losses are logged only once a minute.
func TestEachLossReasonIsLogged(t *testing.T) {
	r := newReceiver(t, nil)
	logger, logged := logtest.New()
	tel := setup(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_METRICS_EXPORTER", "none"}, WithLogger(logger))
	for _, refuse := range []error{status.Error(codes.Unauthenticated, "no token"), status.Error(codes.Unimplemented, "no such service")} {
		r.setAnswer(func(string) answer { return answer{err: refuse} })
		endSpans(t, tel, 2)
		if err := tel.ForceFlush(t.Context()); err == nil {
			t.Error("got no error of a flush that lost everything")
		}
	}
	for _, want := range []string{"no token", "no such service"} {
		if !logged.Line(account.MessageLost, "count=2 signal=traces", want) {
			t.Errorf("got no line of its own with %q:\n%s", want, logged)
		}
	}
}
