package main

import (
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// printedTrace is a trace as the README's application prints it.
const printedTrace = `trace 1929added41deaf0269724fcedaadc90 · orders · 2 spans · 112 µs
GET /process/:item_id  SERVER    112 µs  200
└─ process_item_logic  INTERNAL   60 µs`

// newTutorialRun returns a tutorialRun with a program that responds with item, and that
// prints text when it ends.
func newTutorialRun(t *testing.T, text, item string) tutorialRun {
	t.Helper()
	port, err := freePort(0)
	if err != nil {
		t.Fatal(err)
	}
	n := tutorialRun{
		address: net.JoinHostPort("localhost", strconv.Itoa(port)),
		program: program{source: `"/process/:item_id"`},
		appDir:  t.TempDir(),
	}
	n.tutorial = tutorial{
		startScript:    "exec go run main.go " + n.address + " '" + text + "' " + item + "\n",
		requestScript:  "curl http://" + n.address + "/process/12345\ncurl http://" + n.address + "/healthz\ncurl http://" + n.address + "/metrics\n",
		expectedOutput: printedTrace,
	}
	source, err := os.ReadFile("testdata/orders/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.appDir+"/main.go", source, 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestConsoleOutputIsChecked(t *testing.T) {
	for _, test := range []struct{ name, text, item, err string }{
		{"as shown", printedTrace, "12345", ""},
		{"with something before", "listening\n" + printedTrace, "12345", ""},
		{"nothing printed", "", "12345", "want one trace"},
		{"a health check too", printedTrace + "\ntrace 2929added41deaf0269724fcedaadc90 · orders · 1 span · 1 µs\nGET  SERVER", "12345", "want one trace"},
		{"a health check alone", "trace 2929added41deaf0269724fcedaadc90 · orders · 1 span · 1 µs\nGET  SERVER", "12345", "want one trace"},
		{"another route", strings.Replace(printedTrace, ":item_id", "12345", 1), "12345", "want one trace"},
		{"siblings", strings.Replace(printedTrace, "└─ ", "", 1), "12345", "want one trace"},
		{"no success", strings.Replace(printedTrace, "200", "500", 1), "12345", "want one trace"},
		{"another answer", printedTrace, "1", `want them to contain "item_id":"12345"`},
		{"does not start", "fail", "12345", "the application exited before it accepted connections: exit status 1\nexit status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := newTutorialRun(t, test.text, test.item).checkConsoleOutput(t.Context())
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %v, want an error with %q", err, test.err)
			}
		})
	}
}

// TestStopReportsExitStatus proves that stop returns an error with the exit status if the
// program fails.
func TestStopReportsExitStatus(t *testing.T) {
	n := newTutorialRun(t, "", "12345")
	for command, want := range map[string]string{
		"trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done": "",
		"trap 'exit 4' TERM; echo ready; while :; do sleep 0.1; done": "exit status 4",
		"echo ready; exec sleep 60":                                   "signal: terminated",
	} {
		app, err := n.launch(t.Context(), nil, "sh", "-c", command)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(app.kill)
		awaitText(t, app, "ready")
		err = app.stop(syscall.SIGTERM)
		if got := errorText(err); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func TestReservePortIsExclusive(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, release, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	second, releaseSecond, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer releaseSecond()
	if second == first || second == readmePort {
		t.Errorf("got ports %d and %d at the same time, want two, and the README's once", first, second)
	}
	release()
	third, releaseThird, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer releaseThird()
	if _, err := freePort(readmePort); first == readmePort && err == nil && third != readmePort {
		t.Errorf("got port %d after the README's was released", third)
	}
}

func TestWithoutTelemetryRemovesVariables(t *testing.T) {
	got := withoutTelemetry([]string{"PATH=/bin", "OTEL_SDK_DISABLED=true", "NOTEL_X=1"})
	if want := "PATH=/bin NOTEL_X=1"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// awaitText waits until the application has printed the text.
func awaitText(t *testing.T, app *runningApp, text string) {
	t.Helper()
	retry := time.NewTicker(time.Millisecond)
	defer retry.Stop()
	timeout := time.After(time.Minute)
	for !strings.Contains(app.output.String(), text) {
		select {
		case <-retry.C:
		case <-timeout:
			t.Fatalf("got %q printed, want %q", app.output.String(), text)
		}
	}
}

// errorText returns the message of err, or "" if err is nil.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
