package runner

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
)

// newHelloRunner returns a runner for servicetest.Hello, a service that exports nothing.
// The runner does not check beforehand whether the service exports.
func newHelloRunner(t *testing.T) *Runner {
	t.Helper()
	r := New(&probe.Declared{}, service.InProcess(servicetest.Hello), "", "")
	r.startTried = true
	t.Cleanup(r.Close)
	return r
}

// exportSpan exports a span of a trace to the check's receiver, in place of its service.
func exportSpan(t *testing.T, p *probe.Probe, traceID []byte) {
	t.Helper()
	conn, err := grpc.NewClient(p.Receiver().Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = collectortrace.NewTraceServiceClient(conn).Export(p.Context(), &collectortrace.ExportTraceServiceRequest{
		ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{
			Spans: []*tracepb.Span{{Name: "exported", TraceId: traceID, SpanId: traceID[:8]}},
		}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReceiversAreClearedAfterEachCheck checks that the receivers of running services are
// cleared after each check. Otherwise the receivers would grow until the last check, since
// services export all the time.
func TestReceiversAreClearedAfterEachCheck(t *testing.T) {
	r := newHelloRunner(t)
	secondEnv := []string{"OTEL_TEST=also"}
	id := []byte{15: 1}
	first := check.Check{ID: "test/check", Run: func(p *probe.Probe) {
		p.Watch("00000000000000000000000000000001")
		p.With(secondEnv, func() {
			p.Watch("00000000000000000000000000000001")
			exportSpan(t, p, id)
		})
		exportSpan(t, p, id)
		if got := len(p.Receiver().Spans()); got != 1 {
			t.Errorf("got %d spans during the check, want its own", got)
		}
	}}
	later := []check.Check{first, {Env: secondEnv}}
	for range 3 {
		found := r.Run(t.Context(), &first)
		r.Retire(later)
		if found.Err != nil || len(found.Evidence.Spans) != 2 {
			t.Errorf("got error %v and the spans %v, want a span of each service", found.Err, found.Evidence.Spans)
		}
		if len(r.instances) != 2 {
			t.Fatalf("got %d services that are kept, want 2", len(r.instances))
		}
		for key, i := range r.instances {
			if spans, requests := len(i.Collector.Spans()), len(i.Collector.Requests()); spans+requests > 0 {
				t.Errorf("the receiver of the service with %q keeps %d spans and %d requests, want none", key, spans, requests)
			}
		}
	}
}

// TestUndecidedCheckKeepsEvidence checks that the result of a check that
// cannot be decided has the received telemetry, which shows the reason.
func TestUndecidedCheckKeepsEvidence(t *testing.T) {
	found := newHelloRunner(t).Run(t.Context(), &check.Check{ID: "test/check", Run: func(p *probe.Probe) {
		p.Watch("00000000000000000000000000000001")
		exportSpan(t, p, []byte{15: 1})
		p.Cannot("the marker does not arrive")
	}})
	if found.Err == nil || len(found.Evidence.Spans) != 1 {
		t.Errorf("got error %v and the spans %v, want an error and one span", found.Err, found.Evidence.Spans)
	}
}

// TestRunningServiceCannotBeStartedAgain checks a service that is already running, so
// that no second service can be started. A check that needs a second service is not
// applicable, but a violation that it has found before is a failure.
func TestRunningServiceCannotBeStartedAgain(t *testing.T) {
	second := func(p *probe.Probe) {
		p.With([]string{"OTEL_TEST=second"}, func() { t.Error("there is no second service") })
	}
	tests := []struct {
		name          string // what the check needs
		check         check.Check
		problems      int    // number of problems in the result
		notApplicable string // part of the reason; "" if the check applies
	}{
		{"a second service after no problem", check.Check{Run: second}, 0, "started with OTEL_TEST=second"},
		{"a second service after a problem", check.Check{Run: func(p *probe.Probe) {
			p.Problem("the first half", "this", "that")
			second(p)
		}}, 1, ""},
		{"a service with variables", check.Check{Env: []string{"OTEL_TEST=own"}, Run: second}, 0, "started with OTEL_TEST=own"},
		{"a service of its own", check.Check{Own: true, Run: second}, 0, "a newly started service"},
		{"only the running service", check.Check{Run: func(*probe.Probe) {}}, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr, err := service.FreeAddress()
			if err != nil {
				t.Fatal(err)
			}
			running, err := service.InProcess(servicetest.Hello)(t.Context(), service.Launch{Addr: addr})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(running.Kill)
			r := New(&probe.Declared{Running: true}, service.Attach, addr, "")
			r.startTried = true
			defer r.Close()
			found := r.Run(t.Context(), &test.check)
			if found.Err != nil || len(found.Problems) != test.problems ||
				!strings.Contains(found.NotApplicable, test.notApplicable) || (found.NotApplicable == "") != (test.notApplicable == "") {
				t.Errorf("got %+v, want %d problems, not applicable: %q", found, test.problems, test.notApplicable)
			}
		})
	}
}

// TestUnusableServiceIsStartedOnce checks that a service that cannot be checked
// is started once, instead of once for each check.
func TestUnusableServiceIsStartedOnce(t *testing.T) {
	starts := 0
	r := New(&probe.Declared{}, service.InProcess(func(ctx context.Context, addr string, ready func()) error {
		starts++
		return servicetest.Hello(ctx, addr, ready)
	}), "", "")
	defer r.Close()
	// The spans of the first markers never arrive. The suite would wait for them for 15 s.
	first, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for i, ctx := range []context.Context{first, t.Context(), t.Context()} {
		found := r.Run(ctx, &check.Check{Run: func(*probe.Probe) { t.Error("the check ran") }})
		if found.Err == nil || strings.HasPrefix(found.Err.Error(), "the service failed before the first check") != (i > 0) {
			t.Errorf("check %d: got error %v", i, found.Err)
		}
	}
	if starts != 1 {
		t.Errorf("got %d starts, want 1", starts)
	}
}

// TestSlowStartLeavesTimeForRequests checks that a service that takes as long to start as
// CONTRACT.md allows still has time to answer the first requests.
func TestSlowStartLeavesTimeForRequests(t *testing.T) {
	var left time.Duration // until the deadline, when the service is started
	r := New(&probe.Declared{}, func(ctx context.Context, _ service.Launch) (service.Service, error) {
		if deadline, ok := ctx.Deadline(); ok {
			left = time.Until(deadline)
		}
		return nil, errors.New("this service never starts")
	}, "", "")
	defer r.Close()
	if found := r.Run(t.Context(), &check.Check{ID: "test/check"}); found.Err == nil {
		t.Error("got no error of a service that does not start")
	}
	if want := service.StartTime + 20*time.Second; left < want {
		t.Errorf("got %v for the start and the first requests, want at least %v", left, want)
	}
}

// TestSlowStartsExtendCheck checks that a check has time for several starts of a service that
// starts slowly.
func TestSlowStartsExtendCheck(t *testing.T) {
	const slow = 40 * time.Second
	r := newHelloRunner(t)
	var left time.Duration
	run := func() {
		left = 0
		r.Run(t.Context(), &check.Check{ID: "test/check", Own: true, Run: func(p *probe.Probe) {
			if deadline, ok := p.Context().Deadline(); ok {
				left = time.Until(deadline)
			}
		}})
	}
	run()
	usual := left
	if r.slowestStart == 0 {
		t.Error("the time of a start is not known")
	}
	r.slowestStart = slow
	run()
	const starts = 11 // of flush/two-servers, at a fixed address
	if left < usual+(starts-1)*slow {
		t.Errorf("got %v for a check, want %v longer than the usual %v", left, starts*slow, usual)
	}
}

// TestOnlyMeasuringChecksExportMetricsOften checks that only the services of
// checks that wait for metrics export metrics often. Frequent exports of idle services
// would take much processor time.
func TestOnlyMeasuringChecksExportMetricsOften(t *testing.T) {
	addr, err := service.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	const rarely, often = "1000", "100"
	useBoth := func(p *probe.Probe) { p.With(nil, func() {}) }
	checks := []check.Check{
		{ID: "test/first", Run: useBoth}, {ID: "test/measures", Measures: true, Run: useBoth}, {ID: "test/last", Run: useBoth},
		{ID: "test/own", Own: true, Run: func(*probe.Probe) {}},
	}
	tests := []struct {
		name, addr string
		want       []string
	}{
		{"each at an address of its own", "", []string{rarely, often, often}},
		{"all at one address", addr, []string{often, often}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var intervals []string
			r := New(&probe.Declared{}, service.InProcess(func(ctx context.Context, addr string, ready func()) error {
				intervals = append(intervals, os.Getenv("OTEL_METRIC_EXPORT_INTERVAL"))
				return servicetest.Hello(ctx, addr, ready)
			}), test.addr, "")
			r.startTried = true
			defer r.Close()
			for i := range checks {
				if found := r.Run(t.Context(), &checks[i]); found.Err != nil {
					t.Fatal(found.Err)
				}
				r.Retire(checks[i+1:])
			}
			if !slices.Equal(intervals, test.want) {
				t.Errorf("got services with the intervals %q, want %q", intervals, test.want)
			}
		})
	}
}

// TestUndeclaredMeasuringIsError checks that a check that waits for metrics ends with the
// outcome "error" if its declaration does not set Measures. Its services would export
// metrics rarely, so the check would be slow.
func TestUndeclaredMeasuringIsError(t *testing.T) {
	found := newHelloRunner(t).Run(t.Context(), &check.Check{ID: "test/check", Run: (*probe.Probe).Counted})
	if found.Err == nil || !strings.Contains(found.Err.Error(), "Measures") {
		t.Errorf("got error %v, want one that names the field of the declaration", found.Err)
	}
}
