package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// emitterVariable is the environment variable that makes the test binary run as the
// emitter: a service that records all three signals, and prints its core.Stats at exit.
const emitterVariable = "COLLECTOR_AS_EMITTER"

// statsPrefix is the prefix of the output line with the emitter's core.Stats.
const statsPrefix = "stats: "

// invalidText is invalid UTF-8, and sanitizedText is the text that must be received
// instead.
const (
	invalidText   = "a\xff\xfeb"
	sanitizedText = "a\uFFFDb"
)

// runEmitter is the emitter's program.
func runEmitter() error {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("emitter"), core.WithExclude("/stats"))
	if err != nil {
		return err
	}
	handler, err := emitterHandler(tel)
	if err != nil {
		return err
	}
	served := tel.Serve(ctx, &http.Server{Addr: os.Getenv("SAMESPAN_ADDR"), Handler: nethttpotel.Middleware(tel)(handler)})
	stats, err := json.Marshal(tel.Stats())
	fmt.Printf("%s%s\n", statsPrefix, stats)
	return errors.Join(served, tel.Shutdown(ctx), err)
}

// emitterHandler returns the handler of the emitter. POST /emit/{units} records that
// number of units. A unit is a child span, a log record in that span and one increment of
// the counter emitter.units. If the request has a query parameter named "broken", the span,
// the log record and the metric of the first unit contain invalid UTF-8. GET /stats, which
// is excluded, returns the current counts.
func emitterHandler(tel *core.Telemetry) (http.Handler, error) {
	tracer, logger := tel.TracerProvider().Tracer("emitter"), tel.LoggerProvider().Logger("emitter")
	units, err := tel.MeterProvider().Meter("emitter").Int64Counter("emitter.units")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /emit/{units}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("units"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for i := range n {
			text := "good"
			if i == 0 && r.URL.Query().Has("broken") {
				text = invalidText
			}
			attributes := attribute.String("unit.origin", text)
			ctx, child := tracer.Start(r.Context(), "unit")
			child.SetAttributes(attributes)
			var record log.Record
			record.SetBody(attribute.StringValue(text))
			logger.Emit(ctx, record)
			units.Add(ctx, 1, metric.WithAttributes(attributes))
			child.End()
		}
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(tel.Stats())
	})
	return mux, nil
}

// startEmitter starts the emitter as a process that exports to c.
func startEmitter(t *testing.T, c *collector, env ...string) *service {
	t.Helper()
	// Without this value of GORACE, the race detector would delay the exit by a second.
	return startService(t, c, conformance.Command(os.Args[0]), append(env, emitterVariable+"=1", "GORACE=atexit_sleep_ms=0")...)
}

// stats requests the emitter's counts.
func (s *service) stats(t *testing.T) (stats core.Stats) {
	t.Helper()
	body, err := s.do(t.Context(), request{method: http.MethodGet, path: "/stats", wantStatus: http.StatusOK})
	if err == nil {
		err = json.Unmarshal(body, &stats)
	}
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// lastStats returns the counts that the emitter printed when it ended.
func (s *service) lastStats(t *testing.T) (stats core.Stats) {
	t.Helper()
	for line := range strings.Lines(s.process.Output()) {
		if printed, ok := strings.CutPrefix(line, statsPrefix); ok {
			if err := json.Unmarshal([]byte(printed), &stats); err != nil {
				t.Fatal(err)
			}
			return stats
		}
	}
	t.Fatal("the emitter has printed no counts")
	return stats
}

// emitterRequests is the number of requests that sendEmitRequests sends, and
// unitsPerRequest the number of units that each of them records.
const (
	emitterRequests = 40
	unitsPerRequest = 10
)

// sendEmitRequests sends a burst of requests to the emitter.
func (s *service) sendEmitRequests(t *testing.T) {
	t.Helper()
	s.burst(t, emitterRequests, func(int) request {
		return request{method: http.MethodPost, path: fmt.Sprintf("/emit/%d", unitsPerRequest), wantStatus: http.StatusOK}
	})
}
