package watch_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/compare/internal/watch"
	"github.com/samespan/samespan/conformance/otlptest"
)

// waitTimeout limits how long a test waits for a process.
const waitTimeout = 20 * time.Second

// TestMain runs a service instead of the tests if watch.Start has started the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		s, err := subject.Named(os.Args[2])
		if err == nil {
			err = watch.Serve(context.Background(), s, os.Getenv("SAMESPAN_ADDR"), os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startService starts a service that exports only on request and at its end.
func startService(t *testing.T, env ...string) (p *watch.Process, addr string) {
	t.Helper()
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "SAMESPAN_ADDR="+addr, "OTEL_BSP_SCHEDULE_DELAY=60000", "OTEL_GO_SHUTDOWN_TIMEOUT=1000")
	if p, err = watch.Start(t.Context(), []string{os.Args[0], "serve", "nethttpotel"}, env); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p, addr
}

// get sends a GET request and discards the response.
func get(t *testing.T, url string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}

func waitForExit(t *testing.T, p *watch.Process) watch.Exit {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	defer cancel()
	exit, err := p.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

func TestReportCountsQueuedSpans(t *testing.T) {
	collector := otlptest.Start(t)
	p, addr := startService(t, collector.Env()...)
	get(t, "http://"+addr+"/process/1")
	var r watch.Report
	var err error
	// The server span may end shortly after the response.
	for until := time.Now().Add(waitTimeout); r.Stats.Traces.Queued != 2 && time.Now().Before(until); {
		if r, err = p.Report(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r.Stats.Traces.Ended != 2 || r.Stats.Traces.Exported != 0 || r.Goroutines == 0 || r.Heap == 0 || r.Ended {
		t.Errorf("got %+v of a service with two spans in its queue", r)
	}
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	exit := waitForExit(t, p)
	if exit.Status != 0 || !exit.Ended || exit.Err != "" || exit.Stats.Traces.Exported != 2 {
		t.Errorf("got %+v of a service that exported two spans at its end", exit)
	}
	if _, err := p.Report(t.Context()); err == nil {
		t.Error("got a report of a process that has ended, want an error")
	}
}

// TestExitReportsLoss checks that the exit of a service reports the telemetry that the
// service has lost.
func TestExitReportsLoss(t *testing.T) {
	nobody, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	p, addr := startService(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+nobody)
	get(t, "http://"+addr+"/process/1")
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	exit := waitForExit(t, p)
	if exit.Status != 0 || exit.Stats.Traces.Failed != 2 || !strings.Contains(exit.Err, "2 spans lost") || !strings.Contains(exit.Stderr, "traces.failed=2") {
		t.Errorf("got %+v of a service that lost two spans", exit)
	}
}

func TestStartReturnsErrorOfProgram(t *testing.T) {
	p, err := watch.Start(t.Context(), []string{os.Args[0], "serve", "nobody"}, nil)
	if err == nil {
		p.Kill()
	}
	if err == nil || !strings.Contains(err.Error(), `unknown subject "nobody"`) {
		t.Errorf("got %v, want what the program printed", err)
	}
}

// TestWaitKillsProcessAtDeadline checks that Wait kills a process that does not end.
func TestWaitKillsProcessAtDeadline(t *testing.T) {
	p, _ := startService(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	exit, err := p.Wait(ctx)
	if err == nil || exit.Status != -1 || exit.Ended {
		t.Errorf("got %+v, %v, want an error and a process that was killed", exit, err)
	}
	<-p.Ended()
}
