package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/internal/command"
)

// samespanDir is the directory of the built command samespan, or "" if it was not built.
var samespanDir string

// removeSamespan removes the built command samespan.
func removeSamespan() {
	if samespanDir != "" {
		_ = os.RemoveAll(samespanDir)
	}
}

// buildSamespan builds the command samespan on the first call, and returns its path. The
// error is never nil: it has the output of the build. The build has failed if there is no
// file at the path.
var buildSamespan = sync.OnceValues(func() (program string, err error) {
	if samespanDir, err = os.MkdirTemp("", "samespan-command-"); err != nil {
		return "", err
	}
	program = filepath.Join(samespanDir, "samespan")
	out, err := exec.Command("go", "build", "-ldflags=-w", "-o", program, "github.com/samespan/samespan/conformance/cmd/samespan").CombinedOutput()
	return program, errors.Join(err, errors.New(string(out)))
})

// runSamespan runs the command samespan in a directory and returns its output and exit
// status. If args contain this test binary as the program to check, the test binary runs
// as the command compare.
func runSamespan(t *testing.T, dir string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	program, err := buildSamespan()
	if _, missing := os.Stat(program); missing != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), suiteTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), commandVariable+"=1")
	var out, diagnosis bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnosis
	terminateAtTimeout(c)
	err = c.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return out.String(), diagnosis.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%q: %v, %v\n%s", args, err, ctx.Err(), diagnosis.String())
	}
	return out.String(), diagnosis.String(), 0
}

// writeTestFile writes text to a file in dir.
func writeTestFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSamespanAcceptsOnlyDeclaredFailures checks a service with a failure. The command must
// succeed if the failure is declared as known, and only then. It must reject invalid
// declarations, and be able to put several reports on one page.
func TestSamespanAcceptsOnlyDeclaredFailures(t *testing.T) {
	dir := t.TempDir()
	judge := []string{
		"matrix", "--exec", "X=1 " + os.Args[0] + " serve otelgin", "--name", "shop", "--framework", "Gin", "--routes", "/process/:item_id",
		"--have", "exclusion", "--check", "exclude/children,exclude/path,parent/child",
	}
	_, stderr, status := runSamespan(t, dir, judge...)
	if status != command.ExitUnexpected || !strings.Contains(stderr, "exclude/children: got fail, want no failure") {
		t.Fatalf("got status %d, want %d for a service that fails:\n%s", status, command.ExitUnexpected, stderr)
	}
	judgeWithKnown := append(slices.Clone(judge), "--known", "samespan.known")
	writeTestFile(t, dir, "samespan.known", "# of the instrumentation\nknown exclude/children  it leaves orphans\nskip exclude/path later\n")
	_, stderr, status = runSamespan(t, dir, append(judgeWithKnown, "-o", "a.txt,a.xml,a.html,a.json,a.md")...)
	if status != 0 {
		t.Errorf("got status %d with the failure known, want 0:\n%s", status, stderr)
	}
	for name, want := range map[string]string{
		"a.txt": "known", "a.html": "<!doctype html>", "a.json": `"known failure"`, "a.md": "it leaves orphans", "a.xml": "skipped: later",
	} {
		written, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(written, []byte(want)) {
			t.Errorf("%s: got %v and no %q in\n%.500s", name, err, want, written)
		}
	}
	for text, want := range map[string]string{
		"known parent/child it passes now":            "known failure",
		"known parent/none gone":                      `"parent/none" matches no check`,
		"known exclude/children":                      "want a check and a reason after the first word",
		"allow exclude/children why":                  `samespan.known:1: got "allow"`,
		"known exclude/* a\nskip exclude/* b":         "samespan.known:2: exclude/* is listed twice",
		"known exclude/children why\nskip [ whatever": "syntax error in pattern",
	} {
		writeTestFile(t, dir, "samespan.known", text+"\n")
		if _, stderr, status := runSamespan(t, dir, judgeWithKnown...); status == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%q: got status %d and %q, want %q in it", text, status, stderr, want)
		}
	}

	// Several reports, of different programs and dates, can be on one page.
	stdout, stderr, status := runSamespan(t, dir, "report", "--format", "text", "a.json", "a.json")
	if status != 0 || !strings.Contains(stdout, "shop 2") || !strings.Contains(stdout, "(2)") {
		t.Errorf("got status %d and\n%s%s\nwant two columns", status, stdout, stderr)
	}
	writeTestFile(t, dir, "none.json", "{}")
	if _, stderr, status := runSamespan(t, dir, "report", "none.json"); status != command.ExitSuite || !strings.Contains(stderr, "none.json") {
		t.Errorf("got status %d and %q for a file that is no result", status, stderr)
	}
}

func TestSamespanLevelSelectsChecks(t *testing.T) {
	stdout, stderr, status := runSamespan(t, t.TempDir(), "matrix", "--exec", os.Args[0]+" serve otelgin", "--level", "requirement",
		"--check", "parent/child,parent/remote,exclude/*", "--have", "exclusion")
	if status != 0 || strings.Contains(stdout, "exclude/") || !strings.Contains(stdout, "parent/remote") {
		t.Errorf("got status %d and\n%s%s\nwant requirements alone", status, stdout, stderr)
	}
	if _, stderr, status := runSamespan(t, t.TempDir(), "matrix", "--exec", "x", "--level", "high"); status != command.ExitSuite || !strings.Contains(stderr, `"high"`) {
		t.Errorf("got status %d and %q, want an error that names the level", status, stderr)
	}
}

// TestSamespanFindsCapabilities checks that the command determines a program's capabilities
// by trying them if the flag --have has the value "ask". For nethttpotel it must find exactly
// the declared capabilities.
func TestSamespanFindsCapabilities(t *testing.T) {
	_, stderr, status := runSamespan(t, t.TempDir(), "matrix", "--exec", os.Args[0]+" serve nethttpotel", "--have", "ask",
		"--exclude-variable", "OTEL_GO_EXCLUDED_URLS", "--check", "parent/child")
	named, err := subject.Named("nethttpotel")
	if err != nil {
		t.Fatal(err)
	}
	s, err := named.Command()
	if err != nil {
		t.Fatal(err)
	}
	found, _, _ := strings.Cut(stderr, "\n")
	for _, capability := range s.Has {
		if !strings.Contains(","+strings.TrimPrefix(found, "program has the capabilities: ")+",", ","+string(capability)+",") {
			t.Errorf("%q is not found out: %s", capability, found)
		}
	}
	if status != 0 || strings.Count(found, ",")+1 != len(s.Has) {
		t.Errorf("got status %d and %s, want the %d capabilities %q", status, stderr, len(s.Has), s.Has)
	}
}

func TestSamespanInitKeepsExistingFiles(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{"wrote", "kept"} {
		stdout, stderr, status := runSamespan(t, dir, "init", "--exec", "node server.js")
		if status != 0 || strings.Count(stdout, want) != 3 {
			t.Errorf("got status %d, %s%s, want three files %s", status, stdout, stderr, want)
		}
	}
	for _, name := range []string{".github/workflows/samespan.yml", ".gitlab/samespan.yml"} {
		written, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(written, []byte("--exec 'node server.js'")) {
			t.Errorf("%s: got %v and no line with the program:\n%s", name, err, written)
		}
	}
	if _, stderr, status := runSamespan(t, dir, "init", "--exec", "a 'b'"); status != command.ExitSuite || !strings.Contains(stderr, "single quotes") {
		t.Errorf("got status %d and %q", status, stderr)
	}
}

func TestSamespanListsChecksAndCapabilities(t *testing.T) {
	stdout, _, status := runSamespan(t, t.TempDir(), "list", "--capabilities")
	for _, want := range []string{"exclusion rules\n    the environment variable", "variable: SAMESPAN_BARE=true", "routes: POST /batch", "needed by: parent/background"} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("got status %d and no %q in\n%s", status, want, stdout)
		}
	}
	stdout, _, status = runSamespan(t, t.TempDir(), "list")
	if status != 0 || !strings.Contains(stdout, "parent/remote (requirement)") {
		t.Errorf("got status %d and\n%s", status, stdout)
	}
	for _, args := range [][]string{{"nothing"}, {"list", "all"}, {"matrix"}, {"matrix", "mine"}, {"report"}, {"init", "here"}, {"matrix", "--url", "http://127.0.0.1:1", "--have", "ask"}} {
		if _, stderr, status := runSamespan(t, t.TempDir(), args...); status != command.ExitSuite || stderr == "" {
			t.Errorf("%q: got status %d and %q", args, status, stderr)
		}
	}
}
