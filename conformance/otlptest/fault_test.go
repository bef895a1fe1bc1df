package otlptest_test

import (
	"context"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/conformance/otlptest"
)

// TestFaultsAffectResponseAndStorage checks for each fault which response an exporter
// gets, and whether the export is stored.
func TestFaultsAffectResponseAndStorage(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  otlptest.Response
		code   codes.Code
		stored int // number of stored spans
	}{
		{"black hole", otlptest.BlackHole, codes.DeadlineExceeded, 0},
		{"slow", otlptest.Slow(time.Millisecond), codes.OK, 1},
		{"too slow", otlptest.Slow(time.Hour), codes.DeadlineExceeded, 0},
		{"unavailable", otlptest.Fail(codes.Unavailable), codes.Unavailable, 0},
		{"exhausted", otlptest.Fail(codes.ResourceExhausted), codes.ResourceExhausted, 0},
		{"larger than the limit", otlptest.Limit(1), codes.ResourceExhausted, 0},
		{"not larger", otlptest.Limit(1 << 20), codes.OK, 1},
		{"cut", otlptest.Cut, codes.Unavailable, 0},
		{"answer lost", otlptest.LoseAnswer, codes.Unavailable, 1},
		{"first", otlptest.First(1, otlptest.Fail(codes.Unavailable)), codes.Unavailable, 0},
		{"not the first", otlptest.First(0, otlptest.Fail(codes.Unavailable)), codes.OK, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkGoroutines(t)
			server := otlptest.Start(t)
			c := dial(t, server.Addr(), nil)
			server.SetResponse(test.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if test.code == codes.OK || test.code == codes.Unavailable || test.code == codes.ResourceExhausted {
				ctx = t.Context()
			}
			if err := c.sendSpans(ctx, newSpan("a", 1, 1)); status.Code(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if got := len(server.Spans()); got != test.stored {
				t.Errorf("got %d spans kept, want %d", got, test.stored)
			}
			server.SetResponse(nil)
			// With WaitForReady, a client whose connection was cut reconnects before the export.
			_, err := c.traces.Export(t.Context(), traceRequest(newSpan("b", 1, 2)), grpc.WaitForReady(true))
			if err != nil {
				t.Errorf("got %v after the fault, want success", err)
			}
		})
	}
}

// TestCutEndsAllExportsOfTheConnection checks that a cut ends all exports on the
// connection. The test has two exports in progress.
func TestCutEndsAllExportsOfTheConnection(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	arrived := make(chan struct{}, 2)
	server.SetResponse(func(ctx context.Context, signal otlptest.Signal) error {
		if signal == otlptest.Logs {
			return otlptest.Cut(ctx, signal)
		}
		arrived <- struct{}{}
		return otlptest.BlackHole(ctx, signal)
	})
	answer := make(chan error, 1)
	go func() { answer <- c.sendSpans(context.WithoutCancel(t.Context()), newSpan("a", 1, 1)) }()
	<-arrived
	if _, err := c.logs.Export(t.Context(), &collectorlogs.ExportLogsServiceRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v for the export that cuts, want Unavailable", err)
	}
	select {
	case err := <-answer:
		if status.Code(err) != codes.Unavailable {
			t.Errorf("got %v for the export on the same connection, want Unavailable", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the export on the same connection goes on")
	}
}

func TestThrottleSendsRetryInfo(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	server.SetResponse(otlptest.Throttle(1500 * time.Millisecond))
	s := status.Convert(dial(t, server.Addr(), nil).sendSpans(t.Context(), newSpan("a", 1, 1)))
	if s.Code() != codes.ResourceExhausted || len(s.Details()) != 1 {
		t.Fatalf("got %v with %d details, want ResourceExhausted with one", s, len(s.Details()))
	}
	info, ok := s.Details()[0].(*errdetails.RetryInfo)
	if !ok || info.GetRetryDelay().AsDuration() != 1500*time.Millisecond {
		t.Errorf("got detail %v, want a RetryInfo of 1.5 s", s.Details()[0])
	}
}

func TestOnlyTracesAcceptsOtherSignals(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	server.SetResponse(otlptest.OnlyTraces(otlptest.Fail(codes.Unavailable)))
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); status.Code(err) != codes.Unavailable {
		t.Errorf("traces: got %v, want Unavailable", err)
	}
	if _, err := c.logs.Export(t.Context(), &collectorlogs.ExportLogsServiceRequest{}); err != nil {
		t.Errorf("logs: got %v, want success", err)
	}
}

func TestRejectPartReportsPartialSuccess(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	server.SetResponse(otlptest.RejectPart(2, "too many"))

	response, err := c.traces.Export(t.Context(), traceRequest(newSpan("a", 1, 1), newSpan("b", 1, 2), newSpan("c", 1, 3)))
	if err != nil {
		t.Fatal(err)
	}
	if p := response.GetPartialSuccess(); p.GetRejectedSpans() != 2 || p.GetErrorMessage() != "too many" {
		t.Errorf("traces: got %v, want 2 rejected, too many", p)
	}
	if spans := server.Spans(); len(spans) != 1 || spans[0].Name() != "a" {
		t.Errorf("got spans %v, want a alone", spans)
	}

	gauge := func(name string, points int) *metricspb.Metric {
		return &metricspb.Metric{Name: name, Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: make([]*metricspb.NumberDataPoint, points)}}}
	}
	metrics, err := c.metrics.Export(t.Context(), &collectormetrics.ExportMetricsServiceRequest{
		ResourceMetrics: []*metricspb.ResourceMetrics{{ScopeMetrics: []*metricspb.ScopeMetrics{{
			Metrics: []*metricspb.Metric{gauge("two", 2), gauge("one", 1)},
		}}}},
	})
	if err != nil || metrics.GetPartialSuccess().GetRejectedDataPoints() != 1 {
		t.Errorf("metrics: got %v, %v, want the point of the last metric rejected", metrics, err)
	}
	if kept := server.Metrics(); len(kept) != 1 || kept[0].Name() != "two" {
		t.Errorf("got metrics %v, want two alone", kept)
	}

	server.SetResponse(otlptest.RejectPart(0, "deprecated"))
	logs, err := c.logs.Export(t.Context(), &collectorlogs.ExportLogsServiceRequest{
		ResourceLogs: []*logspb.ResourceLogs{{ScopeLogs: []*logspb.ScopeLogs{{LogRecords: []*logspb.LogRecord{{}}}}}},
	})
	if p := logs.GetPartialSuccess(); err != nil || p.GetRejectedLogRecords() != 0 || p.GetErrorMessage() != "deprecated" {
		t.Errorf("logs: got %v, %v, want a warning alone", p, err)
	}
	if got := len(server.Snapshot().Logs()); got != 1 {
		t.Errorf("got %d log records, want 1", got)
	}
}

func TestTakeReturnsTelemetrySinceLastTake(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	for i := range byte(2) {
		if err := c.sendSpans(t.Context(), newSpan("a", 1, i+1)); err != nil {
			t.Fatal(err)
		}
		if got := len(server.Take().Spans()); got != 1 {
			t.Errorf("Take %d: got %d spans, want the one since the last", i, got)
		}
	}
	if got := len(server.Requests()); got != 0 {
		t.Errorf("got %d requests after Take, want 0", got)
	}
}

// TestFaultsWithoutEffectAcceptExports checks that a nil fault, and a negative number of items to
// reject, accept every export. A panic would end the process of the test.
func TestFaultsWithoutEffectAcceptExports(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	for name, response := range map[string]otlptest.Response{
		"First": otlptest.First(1, nil), "OnlyTraces": otlptest.OnlyTraces(nil), "RejectPart": otlptest.RejectPart(-1, ""), "none": nil,
	} {
		server.Reset()
		server.SetResponse(response)
		answer, err := c.traces.Export(t.Context(), traceRequest(newSpan("a", 1, 1)))
		if err != nil || answer.GetPartialSuccess() != nil || len(server.Spans()) != 1 {
			t.Errorf("%s: got %v, %v and %d spans, want the span accepted", name, answer, err, len(server.Spans()))
		}
	}
}
