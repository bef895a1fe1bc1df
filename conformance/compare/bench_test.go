package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/bench"
)

// serveOptions returns options that start services with this test binary: it runs the
// command serve.
func serveOptions(t *testing.T) bench.ProcessOptions {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the processor time of another process can be read only on Linux")
	}
	t.Setenv(commandVariable, "1")
	return bench.ProcessOptions{Command: []string{os.Args[0], "serve"}, Rounds: 1, Rates: []int{500, 0}, Turn: 50 * time.Millisecond}
}

// TestMeasureProcesses checks that services with every kind of instrumentation can be
// measured.
func TestMeasureProcesses(t *testing.T) {
	var doneCalls int
	rows, err := bench.MeasureProcesses(t.Context(), []string{"Gin"}, serveOptions(t), func([]bench.ProcessRow) { doneCalls++ })
	if err != nil || doneCalls != 1 || len(rows) != 2 {
		t.Fatalf("got %d rows, told of %d frameworks, error %v", len(rows), doneCalls, err)
	}
	for i := range rows {
		r := &rows[i]
		for _, variant := range []string{bench.Bare, bench.Ours, bench.Upstream, bench.NewRelic, bench.Sentry} {
			c := r.Service(variant)
			if c == nil || c.Microseconds <= 0 || c.Memory <= 0 || c.AtRest <= 0 || c.Requests <= 0 {
				t.Errorf("rate %d, %s: got %+v, want every cost", r.Rate, variant, c)
				continue
			}
			sends := variant == bench.Ours || variant == bench.Upstream || variant == bench.Sentry
			if got := c.Arrived > 0; got != sends {
				t.Errorf("rate %d, %s: got %v of the spans, want some: %v", r.Rate, variant, c.Arrived, sends)
			}
		}
		if r.ToUpstream <= 0 {
			t.Errorf("rate %d: got %v of upstream's, want a ratio", r.Rate, r.ToUpstream)
		}
	}
	var text, markdown bytes.Buffer
	bench.WriteProcesses(&text, rows)
	bench.WriteMarkdown(&markdown, &bench.Result{Processes: rows})
	if !strings.Contains(text.String(), "full load") || !strings.Contains(markdown.String(), "| full load | Gin | Sentry |") {
		t.Errorf("got\n%s\nand\n%s", &text, &markdown)
	}
}

// TestMeasureProfiles checks that a profile distinguishes the parts of a service's work. The
// profile of our service must show work of the middleware and of the SDK. The profile of the
// bare service must show almost no work of these parts. A little is allowed, because the bare
// service sets up telemetry, which is disabled.
func TestMeasureProfiles(t *testing.T) {
	rows := measureProfiles(t)
	for i := range rows {
		r := &rows[i]
		if r.Samples == 0 || r.Microseconds[bench.PartService] == 0 {
			t.Errorf("%s: got %+v, want samples of the service", r.Variant, r)
		}
		got := r.Microseconds[bench.PartSpans] + r.Microseconds[bench.PartMiddleware]
		if isInstrumented := got > r.Microseconds[bench.PartService]/10; isInstrumented != (r.Variant != bench.Bare) {
			t.Errorf("%s: got %v µs in the middleware and the SDK, and %v µs in the service", r.Variant, got, r.Microseconds[bench.PartService])
		}
	}
}

// measureProfiles profiles the services. It repeats that with a longer load until all
// profiles have enough samples to show the parts, since services on a busy machine get
// little processor time.
func measureProfiles(t *testing.T) []bench.ProfileRow {
	t.Helper()
	const minSamples = 20
	options := serveOptions(t)
	for {
		rows, err := bench.MeasureProfiles(t.Context(), []string{"Gin"}, options)
		if err != nil || len(rows) != 3 {
			t.Fatalf("got %d rows, error %v, want the bare service, ours and upstream's", len(rows), err)
		}
		if !slices.ContainsFunc(rows, func(r bench.ProfileRow) bool { return r.Samples < minSamples }) {
			return rows
		}
		if options.Turn *= 2; options.Turn > 10*time.Second {
			t.Fatalf("got %+v, want at least %d samples of each service", rows, minSamples)
		}
	}
}

// TestCanceledBenchSavesFinishedParts checks that a canceled benchmark saves the parts
// that it has measured.
func TestCanceledBenchSavesFinishedParts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "bench.json")
	err := runBench(ctx, []string{"--part", "scale,requests", "--framework", "Gin", "--rounds", "1", "--turn", "1us", "-o", file}, cancelOnText{"routes", cancel})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var saved bench.Result
	if err := json.Unmarshal(data, &saved); err != nil || len(saved.Requests) != len(bench.Modes) {
		t.Errorf("got %d rows, error %v, want one for each of %d modes", len(saved.Requests), err, len(bench.Modes))
	}
}

// cancelOnText is a writer that calls cancel when the text is written.
type cancelOnText struct {
	text   string
	cancel func()
}

func (c cancelOnText) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.text)) {
		c.cancel()
	}
	return len(p), nil
}
