package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/command"
)

// suiteTimeout limits how long a run of the suite may take on a slow and busy machine.
const suiteTimeout = 20 * time.Minute

// runCommand runs the command compare in a separate process and returns its output and exit
// status.
func runCommand(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), suiteTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), commandVariable+"=1")
	var out, diagnosis bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnosis
	terminateAtTimeout(c)
	err := c.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return out.String(), diagnosis.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%q: %v, %v\n%s", args, err, ctx.Err(), diagnosis.String())
	}
	return out.String(), diagnosis.String(), 0
}

// terminateAtTimeout makes c end by SIGTERM when its context ends, so that the suite stops
// the services that it has started.
func terminateAtTimeout(c *exec.Cmd) {
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = time.Minute
}

func TestMatrixHasExpectedOutcomes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "matrix.json")
	_, stderr, status := runCommand(t, "matrix", "--subject", "ginotel,otelgin", "--subject", "otelgin+core",
		"--check", "parent/child,exclude/children", "--format", "json", "-o", file)
	if status != 0 {
		t.Fatalf("got status %d, want 0, as the golden matrix has it:\n%s", status, stderr)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]conformance.Outcome{
		"ginotel":      {"parent/child": conformance.Pass, "exclude/children": conformance.Pass},
		"otelgin":      {"parent/child": conformance.Pass, "exclude/children": conformance.Fail},
		"otelgin+core": {"parent/child": conformance.Pass, "exclude/children": conformance.Pass},
	}
	if got := decodeOutcomes(t, written); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// decodeOutcomes returns the outcomes in JSON reports, by the name of the subject and the id
// of the check.
func decodeOutcomes(t *testing.T, data []byte) map[string]map[string]conformance.Outcome {
	t.Helper()
	var reports []struct {
		Subject conformance.SubjectInfo
		Results []struct {
			Check   conformance.Check
			Outcome conformance.Outcome
		}
	}
	if err := json.Unmarshal(data, &reports); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]map[string]conformance.Outcome)
	for _, report := range reports {
		found[report.Subject.Name] = make(map[string]conformance.Outcome)
		for _, result := range report.Results {
			found[report.Subject.Name][result.Check.ID] = result.Outcome
		}
	}
	return found
}

// TestMatrixStartsChecksAndStopsProgram checks that the command matrix starts the user's
// program, runs the checks on it, and stops it.
func TestMatrixStartsChecksAndStopsProgram(t *testing.T) {
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	// The flag --addr sets the program's address, and --url tells the suite the address.
	serve := func(name string) []string {
		return []string{"matrix", "--exec", os.Args[0] + " serve " + name + " --addr " + addr, "--url", "http://" + addr, "--name", "mine", "--framework", "Gin"}
	}
	stdout, stderr, status := runCommand(t, append(serve("ginotel"), "--routes", "/process/:item_id", "--have", "exclusion,lifecycle", "--check", "span/kind-name,exclude/children,flush/idempotent,trust/public")...)
	if status != 0 || !strings.Contains(stdout, "mine") || !strings.Contains(stdout, "n/a") {
		t.Errorf("got status %d, want 0, the name and a check that does not apply:\n%s%s", status, stdout, stderr)
	}
	stdout, stderr, status = runCommand(t, append(serve("otelgin"), "--have", "exclusion", "--check", "parent/child,exclude/children")...)
	if status != command.ExitUnexpected || !strings.Contains(stdout, "FAIL") {
		t.Errorf("got status %d, want %d for a program that fails:\n%s", status, command.ExitUnexpected, stdout)
	}
	for _, want := range []string{"mine: exclude/children: fail", "rule: ", "source: ", "1 checks have an unexpected result"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %q, want %q in it", stderr, want)
		}
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the program is still running")
	}
}

// TestMatrixChecksRunningProgramRepeatedly checks that a program that is already running can be
// checked several times and keeps running. Checks that need a restart are not applicable.
func TestMatrixChecksRunningProgramRepeatedly(t *testing.T) {
	addr, receiver := freeAddress(t), freeAddress(t)
	running := startProcess(t, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + receiver, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_BSP_SCHEDULE_DELAY=20", "OTEL_METRIC_EXPORT_INTERVAL=20",
	}, "serve", "nethttpotel", "--addr", addr)
	if line, err := running.stdout.ReadString('\n'); err != nil {
		t.Fatalf("got %q, %v: %s", line, err, running.stderr.String())
	}
	want := map[string]conformance.Outcome{
		"parent/child": conformance.Pass, "exclude/children": conformance.Pass,
		"metric/duration": conformance.Pass, "metric/body-size": conformance.NotApplicable,
		"metric/off": conformance.NotApplicable, "span/headers": conformance.NotApplicable,
		"span/route-format": conformance.NotApplicable, "exclude/bad-rule": conformance.NotApplicable,
		"flush/sigterm": conformance.NotApplicable,
	}
	for range 2 {
		stdout, stderr, status := runCommand(t, "matrix", "--url", "http://"+addr, "--receiver", receiver, "--format", "json",
			"--have", "exclusion,captured headers,route format,metrics", "--check", strings.Join(slices.Sorted(maps.Keys(want)), ","))
		if status != 0 {
			t.Errorf("got status %d, want 0:\n%s", status, stderr)
		}
		if got := decodeOutcomes(t, []byte(stdout))["program"]; !maps.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
	if err := running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := running.Wait(); err != nil && !strings.Contains(running.stderr.String(), "lost") {
		t.Errorf("the program ended with %v: %s", err, running.stderr.String())
	}
}

// TestMatrixGivesReachableAddressToProgramInAContainer checks that a program on another network is given an
// address at which it can reach the suite.
func TestMatrixGivesReachableAddressToProgramInAContainer(t *testing.T) {
	addr, receiver := freeAddress(t), freeAddress(t)
	startProcess(t, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + receiver, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_BSP_SCHEDULE_DELAY=20", "OTEL_METRIC_EXPORT_INTERVAL=20",
	}, "serve", "nethttpotel", "--addr", addr)
	stdout, stderr, status := runCommand(t, "matrix", "--url", "http://"+addr, "--receiver", receiver, "--peers", "localhost",
		"--format", "json", "--check", "parent/downstream,span/attributes,trust/client-address")
	if status != 0 {
		t.Errorf("got status %d, want 0:\n%s", status, stderr)
	}
	if !strings.Contains(stdout, `{\"url\":\"http://localhost:`) {
		t.Errorf("the program was not told to call localhost:\n%.2000s", stdout)
	}
}

// TestMatrixDetectsUnusableProgramAfterOneStart checks that the suite detects an unusable program after one
// start, instead of starting it for each check.
func TestMatrixDetectsUnusableProgramAfterOneStart(t *testing.T) {
	t.Parallel()
	garbled, silent, other := freeAddress(t), freeAddress(t), freeAddress(t)
	tests := []struct {
		name    string
		command string
		addr    string
		want    string
	}{
		{"a program that never listens and never ends", "sh -c \"trap '' TERM; while :; do sleep 1; done\"", "", "the service does not accept connections"},
		{"a program that sends no response", os.Args[0] + " " + silentProgram + " " + silent, silent, "no response to GET /process/"},
		{"no such program", "/nowhere/program", "", "the service ended before it accepted connections"},
		{"a program that ends at once", "true", "", "the service ended before it accepted connections"},
		{"a program that fails to start", os.Args[0] + " serve nobody", "", `unknown subject "nobody"`},
		{"a program that does not respond with HTTP", os.Args[0] + " " + garbageProgram + " " + garbled, garbled, "violates CONTRACT.md"},
		{"another service", os.Args[0] + " " + wrongProgram + " " + other, other, "violates CONTRACT.md"},
		{"a program without telemetry", "env OTEL_SDK_DISABLED=true " + os.Args[0] + " serve nethttpotel", "", "the span process_item_logic"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"matrix", "--exec", test.command, "--format", "json"}
			if test.addr != "" {
				args = append(args, "--url", "http://"+test.addr)
			}
			stdout, stderr, status := runCommand(t, args...)
			if status != command.ExitSuite || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "the suite could not evaluate ") {
				t.Errorf("got status %d and %s\nwant %d and %q in it", status, stderr, command.ExitSuite, test.want)
			}
			for check, outcome := range decodeOutcomes(t, []byte(stdout))["program"] {
				if outcome != conformance.Error && outcome != conformance.NotApplicable {
					t.Errorf("%s: got %s, want nothing but errors and what does not apply", check, outcome)
				}
			}
			if test.addr == "" {
				return
			}
			if conn, err := net.Dial("tcp", test.addr); err == nil {
				conn.Close()
				t.Error("the program is still running")
			}
		})
	}
}

// freeAddress returns an address on which no process listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// Kinds of programs that the suite cannot check.
const (
	garbageProgram = "garbage" // responds with bytes that are not HTTP
	silentProgram  = "silence" // accepts connections and never responds
	wrongProgram   = "wrong"   // responds with 404, like another service
)

// runInvalidProgram runs a program of the given kind on addr.
func runInvalidProgram(kind, addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		switch kind {
		case garbageProgram:
			_, _ = conn.Write([]byte("\x00\x01garbage\r\n\r\n"))
			conn.Close()
		case wrongProgram:
			go func() {
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = conn.Write([]byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
				conn.Close()
			}()
		}
	}
}

func TestMatrixRefusesBadInput(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--subject", "nobody"}, `unknown subject "nobody"`},
		{[]string{"--check", "parent/nothing"}, `"parent/nothing" matches no check`},
		{[]string{"--check", "[", "--subject", "ginotel"}, "syntax error in pattern"},
		{[]string{"--format", "pdf"}, `--format: got "pdf"`},
		{[]string{"--url", "127.0.0.1:1"}, "want http://host:port"},
		{[]string{"--url", "http://127.0.0.1:1", "--subject", "ginotel"}, "--subject"},
		{[]string{"--url", "http://127.0.0.1:1", "--receiver", "nowhere"}, "nowhere"},
		{[]string{"--url", "http://127.0.0.1:1", "--peers", "http://host:1"}, "want a host without a scheme or a port"},
		{[]string{"--exec", "x", "--receiver", "127.0.0.1:1"}, "--receiver is for a program that is already running"},
		{[]string{"--exec", "x", "--url", "127.0.0.1:1"}, "--url"},
		{[]string{"--exec", "x", "--url", "https://127.0.0.1:1"}, "want http://host:port"},
		{[]string{"--exec", "x", "--have", "wings"}, `unknown capability "wings"`},
		{[]string{"--exec", "x", "--have", "exclusion rules"}, "ExcludeVariable"},
		{[]string{"--exec", "x", "--routes", "/process/%s"}, "--routes"},
		{[]string{"--exec", "x", "--wildcards", "*path"}, "--wildcards"},
		{[]string{"--exec", "x", "--subject", "ginotel"}, "--subject"},
		{[]string{"--subject", "ginotel", "--check", "parent/root", "-o", "/nowhere/report"}, "/nowhere/report"},
		{[]string{"ginotel"}, "flags only"},
		{[]string{"--unknown"}, "unknown"},
	}
	for _, test := range tests {
		_, stderr, status := runCommand(t, append([]string{"matrix"}, test.args...)...)
		if status != command.ExitSuite || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: got status %d and %q, want %d and %q in it", test.args, status, stderr, command.ExitSuite, test.want)
		}
	}
}
