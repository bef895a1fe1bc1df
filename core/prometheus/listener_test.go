package prometheus_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/metric"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// TestVariablesSetAddress proves that the metrics are served at the host and port of the
// variables, whether prometheus is the only exporter or one of a list.
func TestVariablesSetAddress(t *testing.T) {
	collector := otlptest.Start(t)
	for _, exporter := range []string{"prometheus", "Prometheus", "otlp,prometheus", "prometheus,otlp"} {
		for _, host := range []string{"", "127.0.0.1", "localhost", "0.0.0.0", "::", "[::]"} {
			t.Run(exporter+" on "+host, func(t *testing.T) {
				port := freePort(t)
				for _, variable := range collector.Env() {
					name, value, _ := strings.Cut(variable, "=")
					t.Setenv(name, value)
				}
				t.Setenv("OTEL_EXPORTER_PROMETHEUS_HOST", host)
				t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", port)
				collector.Reset()
				tel, log := setup(t, exporter)
				countOne(t, tel, "orders.placed")
				status, metrics := scrape(t, "http://localhost:"+port+"/metrics")
				if status != http.StatusOK {
					t.Errorf("got status %d, want 200", status)
				}
				checkLine(t, metrics, `orders_placed_total{otel_scope_name="orders"`)
				checkLine(t, metrics, `target_info{`)
				if !strings.Contains(metrics, `service_name="orders"`) {
					t.Errorf("got no service.name in:\n%s", metrics)
				}
				if status, _ := scrape(t, "http://localhost:"+port+"/"); status != http.StatusNotFound {
					t.Errorf("got status %d for another path, want 404", status)
				}
				if err := tel.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if err := checkDialRefused(t, "localhost:"+port); err != nil {
					t.Errorf("after the shutdown: %v", err)
				}
				if got, want := len(collector.Points("orders.placed")) > 0, strings.Contains(exporter, "otlp"); got != want {
					t.Errorf("the collector got the metric: %t, want %t", got, want)
				}
				if strings.Contains(log.String(), "WARN") || strings.Contains(log.String(), "ERROR") {
					t.Errorf("got warnings:\n%s", log)
				}
			})
		}
	}
}

// TestTargetInfoHasResourceOfSetup proves that target_info has the resource of Setup, and
// nothing of an OTEL_RESOURCE_ATTRIBUTES that Setup ignores. With text that is not UTF-8,
// target_info would be missing.
func TestTargetInfoHasResourceOfSetup(t *testing.T) {
	for name, value := range map[string]string{"no equals sign": "team=core,region", "not UTF-8": "team=core,region=\xff"} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", port)
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", value)
			setup(t, "prometheus", core.WithLenientEnvironment())
			_, metrics := scrape(t, "http://localhost:"+port+"/metrics")
			checkLine(t, metrics, `target_info{`)
			if !strings.Contains(metrics, `service_name="orders"`) || strings.Contains(metrics, "team=") {
				t.Errorf("want service.name and no team in:\n%s", metrics)
			}
		})
	}
}

// TestDefaultAddress proves that the default address is localhost, port 9464.
func TestDefaultAddress(t *testing.T) {
	if err := checkDialRefused(t, "localhost:9464"); err != nil {
		t.Fatalf("the port is taken by something else: %v", err)
	}
	tel, _ := setup(t, "prometheus")
	countOne(t, tel, "orders.placed")
	_, metrics := scrape(t, "http://localhost:9464/metrics")
	checkLine(t, metrics, `orders_placed_total{`)
}

// TestSetupErrorNamesVariableOfAddress proves that if Setup cannot listen on the
// configured address, it returns an error that names the variable and its value.
func TestSetupErrorNamesVariableOfAddress(t *testing.T) {
	occupied, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = occupied.Close() }()
	_, port, err := net.SplitHostPort(occupied.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, host, port string
		setting, value   string
		text             string
		cause            error
	}{
		{"taken", "127.0.0.1", port, "OTEL_EXPORTER_PROMETHEUS_PORT", port, "address already in use, want a free port", syscall.EADDRINUSE},
		{"no number", "", "http", "OTEL_EXPORTER_PROMETHEUS_PORT", "http", "not a whole number, want a whole number of 1 or more", nil},
		{"zero", "", "0", "OTEL_EXPORTER_PROMETHEUS_PORT", "0", "too small", nil},
		{"too large", "", "65536", "OTEL_EXPORTER_PROMETHEUS_PORT", "65536", "too large, want a port of 65535 or less", nil},
		{"negative", "", "-1", "OTEL_EXPORTER_PROMETHEUS_PORT", "-1", "too small", nil},
		{"unknown name", "no such host.invalid", "9999", "OTEL_EXPORTER_PROMETHEUS_HOST", "no such host.invalid", "want a host name or IP address of this machine", nil},
		{"another machine's address", "192.0.2.1", "9999", "OTEL_EXPORTER_PROMETHEUS_HOST", "192.0.2.1", "want a host name or IP address of this machine", syscall.EADDRNOTAVAIL},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_EXPORTER", "none")
			t.Setenv("OTEL_LOGS_EXPORTER", "none")
			t.Setenv("OTEL_METRICS_EXPORTER", "prometheus")
			t.Setenv("OTEL_EXPORTER_PROMETHEUS_HOST", test.host)
			t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", test.port)
			tel, err := core.Setup(t.Context())
			if err == nil {
				_ = tel.Shutdown(t.Context())
				t.Fatal("got no error")
			}
			if line := fmt.Sprintf("%s=%q: ", test.setting, test.value); !strings.Contains(err.Error(), line) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %q, want it to name %s and to say %q", err, line, test.text)
			}
			if setting := (*core.SettingError)(nil); !errors.As(err, &setting) || setting.Setting != test.setting || setting.Value != test.value {
				t.Errorf("got %v, want a SettingError of %s", err, test.setting)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("got %v, want it to match %v", err, test.cause)
			}
		})
	}
}

// TestShutdownFreesPort proves that a shutdown frees the port for the next Setup.
func TestShutdownFreesPort(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", freePort(t))
	for range 3 {
		tel, _ := setup(t, "prometheus")
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShutdownCompletesScrapeInProgress proves that a scrape that is in progress when the
// shutdown begins gets a complete response.
func TestShutdownCompletesScrapeInProgress(t *testing.T) {
	port := freePort(t)
	t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", port)
	tel, _ := setup(t, "prometheus")
	collecting, release := make(chan struct{}), make(chan struct{})
	gauge, err := tel.MeterProvider().Meter("orders").Int64ObservableGauge("orders.open",
		metric.WithInt64Callback(func(_ context.Context, observer metric.Int64Observer) error {
			collecting <- struct{}{}
			<-release
			observer.Observe(7)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	_ = gauge
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-collecting
	shutdownErr := make(chan error, 1)
	go func() { shutdownErr <- tel.Shutdown(context.Background()) }()
	eventually(t, "the listener is closed", func() bool { return checkDialRefused(t, "localhost:"+port) == nil })
	close(release)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkLine(t, string(body), "orders_open{")
	if err := <-shutdownErr; err != nil {
		t.Error(err)
	}
}

// TestShutdownReturnsDespiteEndlessScrape proves that Shutdown returns within its limit
// even if a scrape never ends.
func TestShutdownReturnsDespiteEndlessScrape(t *testing.T) {
	port := freePort(t)
	t.Setenv("OTEL_EXPORTER_PROMETHEUS_PORT", port)
	t.Setenv("OTEL_GO_SHUTDOWN_TIMEOUT", "300")
	tel, _ := setup(t, "prometheus")
	collecting, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	if _, err := tel.MeterProvider().Meter("orders").Int64ObservableGauge("orders.open",
		metric.WithInt64Callback(func(context.Context, metric.Int64Observer) error {
			collecting <- struct{}{}
			<-release
			return nil
		})); err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: orders\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-collecting
	shutdownErr := make(chan error, 1)
	go func() { shutdownErr <- tel.Shutdown(context.Background()) }()
	eventually(t, "the shutdown ends", func() bool {
		select {
		case err := <-shutdownErr:
			if err == nil {
				t.Error("got no error, want one about the scrape that did not end")
			}
			return true
		default:
			return false
		}
	})
	if err := checkDialRefused(t, "localhost:"+port); err != nil {
		t.Error(err)
	}
}
