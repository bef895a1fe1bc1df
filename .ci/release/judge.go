package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// suiteInstallPath is the package path and version that the suite's documentation passes to
// go install.
const suiteInstallPath = modulePrefix + "/conformance/cmd/samespan@latest"

// ginServiceSource is the source code of a service with Gin. Its handlers are those of the
// package conformance/reference.
//
//go:embed judged/gin.tmpl
var ginServiceSource string

// judge checks services like a user: with the suite's command, installed from the release.
type judge struct {
	consumer
	// bin is the directory of the installed command.
	bin string
	// serviceDir is the directory of the service, in which the command runs.
	serviceDir string
	// flags are flags of "samespan matrix". They describe the service.
	flags []string
}

// judgeServices rehearses a release in a copy of the repository, installs the suite's
// command from the release as its documentation says, and checks two services, one with
// Express and one with Gin.
func judgeServices(ctx context.Context, out io.Writer, checkout repository) (err error) {
	work, err := os.MkdirTemp("", "samespan-judge-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	c, err := rehearseRelease(ctx, checkout, work)
	if err != nil {
		return err
	}
	return c.judgeAll(ctx, out)
}

// judgeAll installs the command and checks each service in its own directory.
func (c consumer) judgeAll(ctx context.Context, out io.Writer) error {
	page, err := os.ReadFile(c.file("conformance/README.md"))
	if err != nil {
		return err
	}
	if !strings.Contains(string(page), "go install "+suiteInstallPath+"\n") {
		return fmt.Errorf("conformance/README.md: want the command go install %s", suiteInstallPath)
	}
	bin, err := c.makeDir("bin")
	if err != nil {
		return err
	}
	if _, err := output(ctx, c.dir, append(slices.Clone(c.env), "GOBIN="+bin), "go", "install", suiteInstallPath); err != nil {
		return err
	}
	for _, service := range []struct {
		name  string
		judge func(context.Context, judge) (string, error)
	}{{"Express", c.judgeExpress}, {"Gin", c.judgeGin}} {
		began := time.Now()
		found, err := service.judge(ctx, judge{consumer: c, bin: bin})
		if err != nil {
			return fmt.Errorf("samespan on a service in %s: %w", service.name, err)
		}
		fmt.Fprintf(out, "ok     samespan, installed with go install, on a service in %s: %s (%.0f s)\n", service.name, found, time.Since(began).Seconds())
	}
	return nil
}

// judgeExpress checks a service with Express, whose instrumentation violates some rules.
// The suite must report these failures, and must pass when they are known failures.
// judgeExpress returns a summary of the results.
func (c consumer) judgeExpress(ctx context.Context, j judge) (string, error) {
	j.serviceDir = filepath.Join(c.dir, "express")
	if err := os.CopyFS(j.serviceDir, os.DirFS(c.file("conformance/compare/subjects/express"))); err != nil {
		return "", err
	}
	if _, err := output(ctx, j.serviceDir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		return "", err
	}
	j.flags = []string{
		"--exec", "node server.js", "--framework", "Express", "--routes", "/process/:item_id", "--wildcards", "/files/*path",
		"--check", "parent/*,span/*,error/handler", "--have", "process,exclusion,captured headers,query keys,sampler,lifecycle",
	}
	result, err := j.runMatrix(ctx, 1)
	if err != nil {
		return "", err
	}
	failed := result.failedIDs()
	if len(failed) == 0 {
		return "", errors.New("got no failed checks, want those that OpenTelemetry's packages for Express fail")
	}
	if err := j.runSamespan(ctx, 0, "init", "--exec", "node server.js"); err != nil {
		return "", err
	}
	knownFile, err := os.OpenFile(filepath.Join(j.serviceDir, "samespan.known"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", fmt.Errorf("samespan init: %w", err)
	}
	for _, id := range failed {
		fmt.Fprintf(knownFile, "known %s of OpenTelemetry's packages\n", id)
	}
	if err := knownFile.Close(); err != nil {
		return "", err
	}
	j.flags = append(j.flags, "--known", "samespan.known", "--check", failed[0])
	if _, err := j.runMatrix(ctx, 0); err != nil {
		return "", fmt.Errorf("with its failures in samespan.known: %w", err)
	}
	if err := j.runSamespan(ctx, 2, "matrix", "--exec", "node no-such-file.js", "--check", failed[0]); err != nil {
		return "", fmt.Errorf("with a program that does not start: %w", err)
	}
	return fmt.Sprintf("exit status 1 with %d failures of %d checks, 0 with these in samespan.known, 2 with a program that does not start", len(failed), len(result.Results)), nil
}

// judgeGin checks ginServiceSource, which uses this project's adapter. Every applicable check
// must pass. judgeGin returns a summary of the results.
func (c consumer) judgeGin(ctx context.Context, j judge) (string, error) {
	var err error
	if j.serviceDir, err = c.makeDir("shop"); err != nil {
		return "", err
	}
	telemetry, err := os.ReadFile(c.file("conformance/compare/examples/telemetry.go"))
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"main.go":      ginServiceSource,
		"telemetry.go": strings.Replace(string(telemetry), "\npackage examples\n", "\npackage main\n", 1),
	} {
		if err := os.WriteFile(filepath.Join(j.serviceDir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{{"mod", "init", "shop"}, {"mod", "tidy"}, {"build", "-o", "shop", "."}} {
		if _, err := c.runGo(ctx, j.serviceDir, args...); err != nil {
			return "", err
		}
	}
	// The list after --check does not contain the check of a shutdown without a collector.
	// That check takes long, and another test runs it.
	j.flags = []string{
		"--exec", "./shop", "--framework", "Gin", "--routes", "/process/:item_id", "--wildcards", "/files/*path", "--have", "ask",
		"--check", "parent/*,span/*,error/*,exclude/*,metric/*,transparent/*,flush/end,flush/sigterm",
	}
	result, err := j.runMatrix(ctx, 0)
	if err != nil {
		return "", err
	}
	passed := len(result.idsWithOutcome("pass"))
	if passed < 45 {
		return "", fmt.Errorf("%d of %d checks passed, want at least 45", passed, len(result.Results))
	}
	return fmt.Sprintf("exit status 0, %d of %d checks apply and pass", passed, len(result.Results)), nil
}

// runSamespan runs the command samespan in the directory of the service. It returns an
// error, with the command's standard error, if the exit status is not want.
func (j judge) runSamespan(ctx context.Context, want int, args ...string) error {
	cmd := command(ctx, j.serviceDir, nil, filepath.Join(j.bin, "samespan"), args...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	err := cmd.Run()
	status := cmd.ProcessState.ExitCode()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	if status != want {
		return fmt.Errorf("samespan %s: got exit status %d, want %d\n%s", strings.Join(args, " "), status, want, stderr.String())
	}
	return nil
}

// report is the part of a JSON report that is compared with the other formats.
type report struct {
	Results []struct {
		Check   struct{ ID string }
		Outcome string
	}
}

// idsWithOutcome returns the ids of the checks that have the given outcome.
func (r report) idsWithOutcome(outcome string) []string {
	var ids []string
	for _, result := range r.Results {
		if result.Outcome == outcome {
			ids = append(ids, result.Check.ID)
		}
	}
	return ids
}

// failedIDs returns the ids of the failed checks.
func (r report) failedIDs() []string { return r.idsWithOutcome("fail") }

// runMatrix runs the suite on the service, checks the exit status, and compares the reports
// in HTML, JUnit XML and JSON.
func (j judge) runMatrix(ctx context.Context, status int) (report, error) {
	args := append([]string{"matrix", "-o", "samespan.xml,samespan.html,samespan.json"}, j.flags...)
	if err := j.runSamespan(ctx, status, args...); err != nil {
		return report{}, err
	}
	written := make(map[string][]byte)
	for _, name := range []string{"samespan.xml", "samespan.html", "samespan.json"} {
		text, err := os.ReadFile(filepath.Join(j.serviceDir, name))
		if err != nil {
			return report{}, err
		}
		written[name] = text
	}
	var reports []report
	if err := json.Unmarshal(written["samespan.json"], &reports); err != nil {
		return report{}, fmt.Errorf("samespan.json: %w", err)
	}
	if len(reports) != 1 {
		return report{}, fmt.Errorf("samespan.json: got %d reports, want 1", len(reports))
	}
	return reports[0], reports[0].compareFormats(written["samespan.xml"], written["samespan.html"])
}

// compareFormats returns an error if the JUnit file or the HTML page has other results
// than the report.
func (r report) compareFormats(junit, page []byte) error {
	var suites struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(junit, &suites); err != nil {
		return fmt.Errorf("samespan.xml: %w", err)
	}
	if len(suites.Suites) != 1 {
		return fmt.Errorf("samespan.xml: got %d test suites, want 1", len(suites.Suites))
	}
	if s := suites.Suites[0]; s.Tests != len(r.Results) || s.Failures != len(r.failedIDs()) || s.Errors != 0 {
		return fmt.Errorf("samespan.xml: got %+v, want %d tests with %d failures", s, len(r.Results), len(r.failedIDs()))
	}
	if !bytes.HasPrefix(page, []byte("<!doctype html>")) {
		return fmt.Errorf("samespan.html: got %.100q, want an HTML page", page)
	}
	for _, result := range r.Results {
		if !bytes.Contains(page, []byte(result.Check.ID)) {
			return fmt.Errorf("samespan.html: check %s is missing", result.Check.ID)
		}
	}
	return nil
}
