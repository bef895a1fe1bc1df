package conformance

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// serveHello answers every request, until ctx ends.
func serveHello(ctx context.Context, addr string, ready func()) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }),
		ReadHeaderTimeout: startTime,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	ready()
	_ = server.Serve(listener)
	return nil
}

// export sends a span of a trace to the check's receiver, as its service would.
func export(t *testing.T, p *Probe, traceID []byte) {
	t.Helper()
	conn, err := grpc.NewClient(p.instance.collector.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = collectortrace.NewTraceServiceClient(conn).Export(p.ctx, &collectortrace.ExportTraceServiceRequest{
		ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{
			Spans: []*tracepb.Span{{Name: "exported", TraceId: traceID, SpanId: traceID[:8]}},
		}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A receiver that kept what checks have done with would grow without bound: a
// service exports without a pause, and lives as long as the run.
func TestReceiversForgetWhatACheckHasSeen(t *testing.T) {
	r := &runner{subject: &Subject{Starter: InProcess(serveHello)}, instances: make(map[string]*instance), tried: true}
	defer r.close()
	also := []string{"OTEL_TEST=also"}
	id := []byte{15: 1}
	check := Check{ID: "test/check", run: func(p *Probe) {
		p.traces = append(p.traces, "00000000000000000000000000000001")
		p.with(also, func() {
			p.traces = append(p.traces, "00000000000000000000000000000001")
			export(t, p, id)
		})
		export(t, p, id)
		if got := len(p.instance.collector.Spans()); got != 1 {
			t.Errorf("got %d spans during the check, want its own", got)
		}
		p.Problem("check", "that it fails", "that its evidence is kept")
	}}
	later := []Check{check, {Env: also}}
	for range 3 {
		result := r.run(t.Context(), &check)
		r.end(later)
		if result.Outcome != Fail || len(result.Evidence.Spans) != 2 {
			t.Errorf("got outcome %s (%s) and the spans %v, want a failure and a span of each service", result.Outcome, result.Reason, result.Evidence.Spans)
		}
		if len(r.instances) != 2 {
			t.Fatalf("got %d services that are kept, want 2", len(r.instances))
		}
		for key, i := range r.instances {
			if spans, requests := len(i.collector.Spans()), len(i.collector.Requests()); spans+requests > 0 {
				t.Errorf("the receiver of the service with %q keeps %d spans and %d requests, want none", key, spans, requests)
			}
		}
	}
}

// What arrived is what tells why a check could not be decided.
func TestCheckThatCannotBeDecidedKeepsItsEvidence(t *testing.T) {
	r := &runner{subject: &Subject{Starter: InProcess(serveHello)}, instances: make(map[string]*instance), tried: true}
	defer r.close()
	result := r.run(t.Context(), &Check{ID: "test/check", run: func(p *Probe) {
		p.traces = append(p.traces, "00000000000000000000000000000001")
		export(t, p, []byte{15: 1})
		p.cannot("the fence does not arrive")
	}})
	if result.Outcome != Error || len(result.Evidence.Spans) != 1 {
		t.Errorf("got outcome %s and the spans %v, want an error and one span", result.Outcome, result.Evidence.Spans)
	}
}

// A service that keeps nobody waiting but answers nothing of use, such as a
// wrong program, is found out once.
func TestWhatCannotBeJudgedIsTriedOnce(t *testing.T) {
	starts := 0
	subject := Subject{Name: "hello", Capabilities: make(Capabilities), Starter: InProcess(func(ctx context.Context, addr string, ready func()) error {
		starts++
		return serveHello(ctx, addr, ready)
	})}
	for _, capability := range AllCapabilities {
		subject.Capabilities[capability] = true
	}
	subject.ExcludeVariable = "OTEL_TEST_EXCLUDED"
	report, err := Run(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := report.Count(Error), len(Checks()); got != want || starts != 1 {
		t.Errorf("got %d errors of %d checks and %d starts, want nothing but errors and one start", got, want, starts)
	}
	for i, result := range report.Results {
		if reason := result.Reason; !strings.Contains(reason, "process_item_logic") || strings.HasPrefix(reason, "as with the first check") != (i > 0) {
			t.Errorf("%s: got the reason %q", result.Check.ID, reason)
		}
	}
}
