package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/internal/logtest"
	"github.com/samespan/samespan/internal/loopback"
)

// waitLimit limits how long a test waits for anything.
const waitLimit = 30 * time.Second

// openMetricsType is the media type that Prometheus prefers.
const openMetricsType = "application/openmetrics-text; version=1.0.0"

// setup calls core.Setup with the given metrics exporter and without traces and logs. It
// also returns the log.
func setup(t *testing.T, exporter string, options ...core.Option) (*core.Telemetry, *logtest.Buffer) {
	t.Helper()
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", exporter)
	log := new(logtest.Buffer)
	tel, err := core.Setup(t.Context(), append([]core.Option{
		core.WithServiceName("orders"), core.WithLogger(slog.New(slog.NewTextHandler(log, nil))),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.Background()) })
	return tel, log
}

// freePort returns a port on which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// scrape requests the metrics at a URL, and returns the status and the body.
func scrape(t *testing.T, url string) (int, string) {
	t.Helper()
	status, metrics, err := tryScrape(url)
	if err != nil {
		t.Fatal(err)
	}
	return status, metrics
}

// tryScrape is like scrape, but returns an error instead of failing the test.
func tryScrape(url string) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Accept", openMetricsType)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// checkLine checks that a line of metrics begins with prefix.
func checkLine(t *testing.T, metrics, prefix string) {
	t.Helper()
	if !strings.Contains("\n"+metrics, "\n"+prefix) {
		t.Errorf("got no line that begins with %q in:\n%s", prefix, metrics)
	}
}

// countOne creates a counter and adds 1 to it.
func countOne(t *testing.T, tel *core.Telemetry, name string) metric.Int64Counter {
	t.Helper()
	counter, err := tel.MeterProvider().Meter("orders").Int64Counter(name)
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	return counter
}

// eventually waits until condition is true.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(waitLimit)
	defer deadline.Stop()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", waitLimit, description)
		}
	}
}

// checkDialRefused returns an error if the address accepts a connection.
func checkDialRefused(t *testing.T, address string) error {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err == nil {
		return errors.Join(fmt.Errorf("%s still accepts connections", address), conn.Close())
	}
	return nil
}
