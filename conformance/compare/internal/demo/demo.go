// Package demo sends real requests through one service in each framework and
// prints what a collector received.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/internal/tracetree"
)

// demoTimeout limits the whole demo.
const demoTimeout = 2 * time.Minute

// Run runs the demo and prints it to out. It returns an error if a trace is incomplete or
// something could not run.
func Run(ctx context.Context, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	collector, err := startCollector()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, collector.Close()) }()
	printed := new(logBuffer)
	chain, err := startChain(ctx, printed)
	if err != nil {
		return err
	}
	frameworks := make([]string, len(chain.services))
	for i, l := range chain.services {
		frameworks[i] = l.subject.Framework
	}
	fmt.Fprintf(out, "%s: %d services, each exporting OTLP over gRPC to %s\n\n",
		strings.Join(frameworks, " → "), len(frameworks), collector.Endpoint())

	probes, err := sendRequests(ctx, chain)
	if err := errors.Join(err, chain.stop()); err != nil {
		return err
	}
	// The services have flushed and exited, so spans that have not arrived are lost.
	spans := collector.Spans()
	records := collector.Logs()
	// Close waits for the requests that are still being forwarded.
	if err := collector.Close(); err != nil {
		return err
	}
	if err := tracetree.Write(out, toTreeSpans(spans), tracetree.WithColor(supportsColor(out))); err != nil {
		return err
	}
	problems := append(checkDemoSpans(spans), checkLogs(spans, records, printed.String())...)
	printed.printFirstItemLines(out, spans)
	printHealthChecks(out, probes, spans)
	if sent, failed := collector.Forwarded(); sent+failed > 0 {
		fmt.Fprintf(out, "\nforwarded to your collector: %d exports, of which %d failed\n", sent+failed, failed)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nall traces are complete: %d traces, %d spans, %d log records\n", countTraces(spans), len(spans), len(records))
	return nil
}

// startCollector starts the embedded receiver and configures the services of this process to
// export to it. If the user has configured a collector, the receiver forwards all exports to
// that collector. Other OTEL_* variables are removed, since they would change the output.
func startCollector() (*otlptest.Server, error) {
	var options []otlptest.Option
	if endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"); endpoint != "" {
		options = append(options,
			otlptest.WithForward(endpoint, parseHeaders(os.Getenv("OTEL_EXPORTER_OTLP_HEADERS"))),
			otlptest.WithForwardProtocol(os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")))
	}
	collector, err := otlptest.NewServer(options...)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			if err := os.Unsetenv(name); err != nil {
				return nil, err
			}
		}
	}
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	return collector, nil
}

// parseHeaders parses the format of OTEL_EXPORTER_OTLP_HEADERS.
func parseHeaders(list string) map[string]string {
	parsed := make(map[string]string)
	for pair := range strings.SplitSeq(list, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			parsed[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return parsed
}

// healthCheck is a health check request to the path of a service, which is named service, and
// the status of the response.
type healthCheck struct {
	service, path string
	status        int
}

// itemIDs are the ids of the items that the demo requests from the first service. Each
// request passes through the whole chain of services.
var itemIDs = []string{"12345", "67890"}

// sendRequests sends the demo's requests, and returns those that are health checks.
func sendRequests(ctx context.Context, c *chain) ([]healthCheck, error) {
	var probes []healthCheck
	for _, service := range c.services {
		for _, rule := range subject.Exclusions {
			status, err := getStatus(ctx, service.url("/"+rule))
			if err != nil {
				return nil, err
			}
			probes = append(probes, healthCheck{service: service.subject.Name, path: "/" + rule, status: status})
		}
	}
	requests := []struct {
		service int // index in the chain
		path    string
		want    int
	}{
		{0, "/process/" + itemIDs[0], http.StatusOK},
		{0, "/process/" + itemIDs[1], http.StatusOK},
		{1, "/fail/503", http.StatusServiceUnavailable},
		{2, "/stream", http.StatusOK},
		{3, "/background", http.StatusAccepted},
	}
	for _, r := range requests {
		status, err := getStatus(ctx, c.services[r.service].url(r.path))
		if err != nil {
			return nil, err
		}
		if status != r.want {
			return nil, fmt.Errorf("demo: %s responded with status %d, want %d", c.services[r.service].url(r.path), status, r.want)
		}
	}
	return probes, nil
}

// getStatus sends a GET request and returns the status code of the response.
func getStatus(ctx context.Context, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("demo: %w", err)
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// printHealthChecks prints each health check with the number of its spans. This number is
// 0 if the health check was excluded.
func printHealthChecks(out io.Writer, probes []healthCheck, spans []otlptest.Span) {
	fmt.Fprintf(out, "excluded (%s):\n", strings.Join(subject.Exclusions, ", "))
	for _, p := range probes {
		found := 0
		for _, s := range spans {
			if s.Service() == p.service && s.Attributes["url.path"] == p.path {
				found++
			}
		}
		fmt.Fprintf(out, "  %-12s GET %-9s %d   %d spans\n", p.service, p.path, p.status, found)
	}
}
