package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
)

// patience bounds a run of the suite, on a machine that is busy with others.
const patience = 5 * time.Minute

// execute runs the program to its end and returns what it wrote and its status.
func execute(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	var out, diagnosis bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnosis
	err := c.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return out.String(), diagnosis.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%q: %v, %v\n%s", args, err, ctx.Err(), diagnosis.String())
	}
	return out.String(), diagnosis.String(), 0
}

func TestMatrixAsExpected(t *testing.T) {
	file := filepath.Join(t.TempDir(), "matrix.json")
	_, stderr, status := execute(t, "matrix", "--subject", "ginotel,otelgin", "--subject", "otelgin+core",
		"--check", "parent/child,exclude/children", "--format", "json", "-o", file)
	if status != 0 {
		t.Fatalf("got status %d, want 0, as the golden matrix has it:\n%s", status, stderr)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var reports []struct {
		Subject conformance.SubjectInfo
		Results []struct {
			Check   conformance.CheckInfo
			Outcome conformance.Outcome
		}
	}
	if err := json.Unmarshal(written, &reports); err != nil {
		t.Fatal(err)
	}
	want := map[string][]conformance.Outcome{
		"ginotel":      {conformance.Pass, conformance.Pass},
		"otelgin":      {conformance.Pass, conformance.Fail},
		"otelgin+core": {conformance.Pass, conformance.Pass},
	}
	if len(reports) != len(want) {
		t.Fatalf("got %d reports, want %d", len(reports), len(want))
	}
	for _, report := range reports {
		for i, result := range report.Results {
			if result.Outcome != want[report.Subject.Name][i] {
				t.Errorf("%s: %s: got %s, want %s", report.Subject.Name, result.Check.ID, result.Outcome, want[report.Subject.Name][i])
			}
		}
	}
}

func TestMatrixOfAProgram(t *testing.T) {
	addr, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	// Both choose their address themselves.
	serve := func(name string) []string {
		return []string{"matrix", "--exec", os.Args[0] + " serve " + name + " --addr " + addr, "--url", "http://" + addr, "--name", "mine", "--framework", "Gin"}
	}
	stdout, stderr, status := execute(t, append(serve("ginotel"), "--routes", "/process/:item_id", "--have", "exclusion", "--check", "span/kind-name,exclude/children,flush/idempotent,trust/public")...)
	if status != 0 || !strings.Contains(stdout, "mine") || !strings.Contains(stdout, "n/a") {
		t.Errorf("got status %d, want 0, the name and a check that does not apply:\n%s%s", status, stdout, stderr)
	}
	stdout, stderr, status = execute(t, append(serve("otelgin"), "--have", "exclusion", "--check", "parent/child,exclude/children")...)
	if status != exitUnexpected || !strings.Contains(stdout, "FAIL") {
		t.Errorf("got status %d, want %d for a program that fails:\n%s", status, exitUnexpected, stdout)
	}
	for _, want := range []string{"mine: exclude/children: fail", "rule: ", "source: ", "1 checks did not end as expected"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %q, want %q in it", stderr, want)
		}
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the program is still running")
	}
}

func TestMatrixThatCannotTell(t *testing.T) {
	listens, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		command string
		url     string
		want    string
	}{
		{"no such program", "/nowhere/program", "", "the service ended before it accepted connections"},
		{"a program that ends at once", "true", "", "the service ended before it accepted connections"},
		{"a program that fails to start", os.Args[0] + " serve nobody", "", `there is no subject "nobody"`},
		{"garbage in place of answers", os.Args[0] + " garbage " + listens, "http://" + listens, "is not answered as CONTRACT.md says"},
		{"no telemetry", "env OTEL_SDK_DISABLED=true " + os.Args[0] + " serve nethttpotel", "", "the span process_item_logic"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, status := execute(t, "matrix", "--exec", test.command, "--url", test.url, "--check", "parent/child")
			if status != exitSuite || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "the suite could not tell for 1 checks") {
				t.Errorf("got status %d and %s\nwant %d and %q in it", status, stderr, exitSuite, test.want)
			}
		})
	}
	t.Cleanup(func() {
		if conn, err := net.Dial("tcp", listens); err == nil {
			conn.Close()
			t.Error("a program is still running")
		}
	})
}

// garbage answers every connection with what is not HTTP.
func garbage(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		_, _ = conn.Write([]byte("\x00\x01garbage\r\n\r\n"))
		conn.Close()
	}
}

func TestMatrixRefusesBadInput(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--subject", "nobody"}, `there is no subject "nobody"`},
		{[]string{"--check", "parent/nothing"}, `"parent/nothing" matches no check`},
		{[]string{"--check", "[", "--subject", "ginotel"}, "syntax error in pattern"},
		{[]string{"--format", "pdf"}, `there is no format "pdf"`},
		{[]string{"--url", "http://127.0.0.1:1"}, "--url needs --exec"},
		{[]string{"--exec", "x", "--url", "127.0.0.1:1"}, "--url"},
		{[]string{"--exec", "x", "--url", "https://127.0.0.1:1"}, "want http://host:port"},
		{[]string{"--exec", "x", "--have", "wings"}, `there is no capability "wings"`},
		{[]string{"--exec", "x", "--have", "exclusion rules"}, "ExcludeVariable"},
		{[]string{"--exec", "x", "--routes", "/process/%s"}, "--routes"},
		{[]string{"--exec", "x", "--subject", "ginotel"}, "--subject"},
		{[]string{"--subject", "ginotel", "--check", "parent/root", "-o", "/nowhere/report"}, "/nowhere/report"},
		{[]string{"ginotel"}, "flags only"},
		{[]string{"--unknown"}, "unknown"},
	}
	for _, test := range tests {
		_, stderr, status := execute(t, append([]string{"matrix"}, test.args...)...)
		if status != exitSuite || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: got status %d and %q, want %d and %q in it", test.args, status, stderr, exitSuite, test.want)
		}
	}
}
