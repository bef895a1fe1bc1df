package core

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// answering returns the address of an HTTP server with that answer.
func answering(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "says the proxy", status)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// TestAdvice proves with real connections that the one line about a failed
// export names the collector, the reason and what to set, and gives the
// trouble its name in metrics.
func TestAdvice(t *testing.T) {
	before := log.Writer()
	log.SetOutput(io.Discard) // Go's HTTP servers tell of every handshake
	t.Cleanup(func() { log.SetOutput(before) })
	server, stranger := newIdentity(t), newIdentity(t)
	secure := &tls.Config{Certificates: []tls.Certificate{server.certificate}}
	mutual := &tls.Config{Certificates: []tls.Certificate{server.certificate}, ClientCAs: stranger.pool(), ClientAuth: tls.RequireAndVerifyClientCert}
	start := map[string]func(*testing.T, *tls.Config) *receiver{protocolGRPC: newReceiver, protocolHTTP: newHTTPReceiver}
	other := map[string]string{protocolGRPC: protocolHTTP, protocolHTTP: protocolGRPC}
	refuses := func(t *testing.T, protocol string, config *tls.Config, refuse error) string {
		r := start[protocol](t, config)
		r.answerWith(func(string) answer { return answer{refuse: refuse} })
		return r.address
	}

	for _, test := range []struct {
		name string
		// endpoint starts what the endpoint, with its scheme, leads to.
		endpoint func(t *testing.T, protocol string) string
		// protocol restricts the test to one.
		protocol  string
		variables []string
		errorType string
		reason    string
		advice    string
	}{
		{
			name: "TLS to a plain port", errorType: "tls", reason: "", advice: "the collector does not speak TLS there: give OTEL_EXPORTER_OTLP_ENDPOINT the scheme http://",
			endpoint: func(t *testing.T, p string) string { return "https://" + start[p](t, nil).address },
		},
		{
			name: "plain to a TLS port", errorType: "tls", advice: "if it speaks TLS, give OTEL_EXPORTER_OTLP_ENDPOINT the scheme https://",
			endpoint: func(t *testing.T, p string) string { return "http://" + start[p](t, secure).address },
		},
		{
			name: "unknown authority", errorType: "server_certificate_invalid", reason: "unknown authority", advice: "set OTEL_EXPORTER_OTLP_CERTIFICATE to the file",
			endpoint: func(t *testing.T, p string) string { return "https://" + start[p](t, secure).address },
		},
		{
			name: "another name", errorType: "server_certificate_invalid", reason: "localhost", advice: "OTEL_EXPORTER_OTLP_ENDPOINT must have the name",
			variables: []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile},
			endpoint: func(t *testing.T, p string) string {
				_, port, _ := net.SplitHostPort(start[p](t, secure).address)
				return "https://localhost:" + port
			},
		},
		{
			name: "no client certificate", errorType: "client_certificate_invalid", reason: "certificate required", advice: "set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
			variables: []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", server.certFile},
			endpoint:  func(t *testing.T, p string) string { return "https://" + start[p](t, mutual).address },
		},
		{
			name: "no such name", errorType: "name_resolution_error", advice: "the name in OTEL_EXPORTER_OTLP_ENDPOINT is not known to this machine",
			endpoint: func(*testing.T, string) string { return "http://collector..invalid:4317" },
		},
		{
			name: "refused", errorType: "connection_refused", reason: "connection refused", advice: "start the collector or correct OTEL_EXPORTER_OTLP_ENDPOINT; where there is no collector, set OTEL_TRACES_EXPORTER to none",
			endpoint: func(t *testing.T, _ string) string { return "http://" + refused(t) },
		},
		{
			name: "no socket", protocol: protocolGRPC, errorType: "connection_refused", reason: "no such file", advice: "start the collector",
			endpoint: func(*testing.T, string) string { return "unix:/no/such.sock" },
		},
		{
			name: "black hole", errorType: "timeout", advice: "too short a OTEL_EXPORTER_OTLP_TIMEOUT",
			endpoint: func(t *testing.T, _ string) string { return "http://" + blackHole(t) },
		},
		{
			name: "the other protocol", errorType: "protocol", advice: "or set OTEL_EXPORTER_OTLP_PROTOCOL to ",
			endpoint: func(t *testing.T, p string) string { return "http://" + start[other[p]](t, nil).address },
		},
		{
			name: "no credentials", protocol: protocolGRPC, errorType: "unauthorized", reason: "no token", advice: "look at OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(t *testing.T, p string) string {
				return "http://" + refuses(t, p, nil, status.Error(codes.Unauthenticated, "no token"))
			},
		},
		{
			name: "no credentials", protocol: protocolHTTP, errorType: "unauthorized", reason: "says the proxy", advice: "look at OTEL_EXPORTER_OTLP_HEADERS",
			endpoint: func(t *testing.T, _ string) string { return "http://" + answering(t, http.StatusUnauthorized) },
		},
		{
			name: "no such service", protocol: protocolGRPC, errorType: "not_found", advice: "look at its receivers and pipelines",
			endpoint: func(t *testing.T, p string) string {
				return "http://" + refuses(t, p, nil, status.Error(codes.Unimplemented, "unknown service"))
			},
		},
		{
			name: "no such path", protocol: protocolHTTP, errorType: "not_found", reason: "404", advice: "the path in OTEL_EXPORTER_OTLP_ENDPOINT",
			endpoint: func(t *testing.T, _ string) string { return "http://" + answering(t, http.StatusNotFound) },
		},
		{
			name: "overloaded", protocol: protocolGRPC, errorType: "resource_exhausted", reason: "slow down", advice: "overloaded, or limits this service",
			endpoint: func(t *testing.T, p string) string {
				return "http://" + refuses(t, p, nil, status.Error(codes.ResourceExhausted, "slow down"))
			},
		},
		{
			name: "too large", protocol: protocolGRPC, errorType: "too_large", advice: "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
			endpoint: func(t *testing.T, p string) string {
				return "http://" + refuses(t, p, nil, status.Error(codes.ResourceExhausted, "grpc: received message larger than max"))
			},
		},
		{
			name: "not ready", errorType: "unavailable", reason: "starting", advice: "its own log says why",
			endpoint: func(t *testing.T, p string) string {
				return "http://" + refuses(t, p, nil, status.Error(codes.Unavailable, "starting"))
			},
		},
		{
			name: "its own failure", protocol: protocolHTTP, errorType: errorTypeOther, reason: "500",
			endpoint: func(t *testing.T, _ string) string { return "http://" + answering(t, http.StatusInternalServerError) },
		},
	} {
		for _, protocol := range []string{protocolGRPC, protocolHTTP} {
			if test.protocol != "" && test.protocol != protocol {
				continue
			}
			t.Run(protocol+" "+test.name, func(t *testing.T) {
				endpoint := test.endpoint(t, protocol)
				logger, logged := newLog()
				variables := append([]string{
					"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol,
					"OTEL_EXPORTER_OTLP_TIMEOUT", "800", "OTEL_METRICS_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none",
				}, test.variables...)
				tel := setup(t, variables, WithLogger(logger), WithShutdownTimeout(2*time.Second))
				endSpans(t, tel, 1)
				err := tel.Shutdown(t.Context())
				_, address, found := strings.Cut(endpoint, "://")
				if !found {
					address = endpoint
				}
				if err == nil || !containsAll(err.Error(), address, test.reason, test.advice) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got the error %v\nwant one line with %q, %q and %q", err, address, test.reason, test.advice)
				}
				if !logged.line(messageLost, address, test.reason, test.advice, "count=1 signal=traces") {
					t.Errorf("got in the log\n%s\nwant one line with %q, %q and %q", logged, address, test.reason, test.advice)
				}
				if failures, _ := tel.traces.losses(); failures[test.errorType] != 1 || len(failures) != 1 {
					t.Errorf("got %v, want one %s", failures, test.errorType)
				}
			})
		}
	}
}

// TestAdviceVariables proves that the advice names the variable that decides.
func TestAdviceVariables(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4317")
	for signal, want := range map[string]string{
		"logs":   "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT and OTEL_LOGS_EXPORTER",
		"traces": "OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT and OTEL_TRACES_EXPORTER",
	} {
		if got := (&otlp{signal: signal}).variables("<ENDPOINT>, <TIMEOUT> and <EXPORTER>"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestExportErrorBound has a collector that answers with a page.
func TestExportErrorBound(t *testing.T) {
	err := &exportError{collector: "collector:4318", err: errors.New(strings.Repeat("<p>\nproxy é\n", 10_000)), advice: "look there"}
	text := err.Error()
	if len(text) > maxErrorText+100 || strings.Contains(text, "\n") || !containsAll(text, "collector:4318: <p> proxy", "… (look there)") {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
	if !errors.Is(err, err.err) {
		t.Error("the cause is hidden")
	}
	if got := fmt.Sprint(err); got != text {
		t.Errorf("got %q", got)
	}
}
