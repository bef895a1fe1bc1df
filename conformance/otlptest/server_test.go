package otlptest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestEnvContainsEndpoint(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	if host, port, err := net.SplitHostPort(server.Addr()); err != nil || host != "127.0.0.1" || port == "0" {
		t.Errorf("Addr() = %q, want a port of 127.0.0.1", server.Addr())
	}
	if got, want := server.Endpoint(), "http://"+server.Addr(); got != want {
		t.Errorf("Endpoint() = %q, want %q", got, want)
	}
	want := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.Endpoint(),
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_EXPORTER_OTLP_INSECURE=true",
	}
	if got := server.Env(); !slices.Equal(got, want) {
		t.Errorf("Env() = %q, want %q", got, want)
	}
}

func TestNewServerErrorsNameInvalidOption(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	for _, test := range []struct {
		want string
		opt  otlptest.Option
	}{
		{server.Addr(), otlptest.WithAddr(server.Addr())},
		{`"ftp://x"`, otlptest.WithForward("ftp://x", nil)},
		{`"http://"`, otlptest.WithForward("http://", nil)},
		{`"http://a b"`, otlptest.WithForward("http://a b", nil)},
		{"option 1 is nil", nil},
	} {
		second, err := otlptest.NewServer(test.opt)
		if second != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, %v, want an error that names %s", second, err, test.want)
		}
	}
	second, err := otlptest.NewServer(otlptest.WithForward("localhost", nil), otlptest.WithForwardProtocol("http/json"))
	if second != nil || err == nil || !strings.Contains(err.Error(), `"http/json"`) {
		t.Errorf("got %v, %v, want an error that names the protocol", second, err)
	}
	// The address is in use. NewServer detects that after it has started the forwarder, and
	// must stop the forwarder: otherwise checkGoroutines fails the test.
	second, err = otlptest.NewServer(otlptest.WithForward("localhost", nil), otlptest.WithAddr(server.Addr()))
	if second != nil || err == nil {
		t.Errorf("got %v, %v, want an error", second, err)
	}
}

func TestRequestsHaveHeaders(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "Authorization", "Bearer x")
	if _, err := c.traces.Export(ctx, traceRequest(newSpan("a", 1, 1)), grpc.UseCompressor(gzip.Name)); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	if len(requests) != 1 || requests[0].Signal != otlptest.Traces || requests[0].Err != nil || requests[0].Message == nil {
		t.Fatalf("got requests %v, want one of traces", requests)
	}
	if got := requests[0].Header["authorization"]; !slices.Equal(got, []string{"Bearer x"}) {
		t.Errorf("got authorization %q, want that of the client", got)
	}
}

// TestExportOverTLS checks that a server with the option WithTLS receives exports.
func TestExportOverTLS(t *testing.T) {
	checkGoroutines(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	server := otlptest.Start(t, otlptest.WithTLS(&tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}))
	if want := "https://" + server.Addr(); server.Endpoint() != want {
		t.Errorf("Endpoint() = %q, want %q", server.Endpoint(), want)
	}
	if env := strings.Join(server.Env(), " "); strings.Contains(env, "INSECURE") {
		t.Errorf("Env() = %s, want no OTEL_EXPORTER_OTLP_INSECURE", env)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	c := dial(t, server.Addr(), credentials.NewClientTLSFromCert(pool, ""))
	if err := c.sendSpans(t.Context(), newSpan("a", 1, 1)); err != nil {
		t.Fatal(err)
	}
	if got := len(server.Spans()); got != 1 {
		t.Errorf("got %d spans, want 1", got)
	}
}

func TestSetResponseRefusesExports(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	server.SetResponse(func(_ context.Context, signal otlptest.Signal) error {
		return status.Error(codes.ResourceExhausted, "no room for "+string(signal))
	})
	err := c.sendSpans(t.Context(), newSpan("a", 1, 1))
	if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "no room for traces") {
		t.Errorf("got %v, want the error that was set", err)
	}
	if got := len(server.Spans()); got != 0 {
		t.Errorf("got %d spans of a refused request, want 0", got)
	}
	if requests := server.Requests(); len(requests) != 1 || status.Code(requests[0].Err) != codes.ResourceExhausted {
		t.Errorf("got requests %v, want the refused one with its error", requests)
	}
	if text := server.Snapshot().String(); !strings.Contains(text, "refused traces") {
		t.Errorf("got\n%s\nwant the refused request listed", text)
	}
	server.SetResponse(nil)
	if err := c.sendSpans(t.Context(), newSpan("b", 1, 2)); err != nil {
		t.Errorf("got %v once responses are reset, want none", err)
	}
}

// TestCloseEndsStalledExport checks that a server can be closed while an export waits for a
// response that never comes.
func TestCloseEndsStalledExport(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	stalled := make(chan struct{})
	server.SetResponse(func(ctx context.Context, _ otlptest.Signal) error {
		close(stalled)
		<-ctx.Done()
		return ctx.Err()
	})
	answer := make(chan error, 1)
	go func() { answer <- c.sendSpans(context.WithoutCancel(t.Context()), newSpan("a", 1, 1)) }()
	<-stalled
	if err := server.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-answer; status.Code(err) != codes.Unavailable && status.Code(err) != codes.Canceled {
		t.Errorf("got %v from a server that was closed, want Unavailable or Canceled", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := server.WaitSpans(t.Context(), 1); !errors.Is(err, otlptest.ErrClosed) {
		t.Errorf("waiting on a closed server: got %v, want ErrClosed", err)
	}
}

func TestServerIsSafeForConcurrentUse(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	c := dial(t, server.Addr(), nil)
	const senders, each = 8, 25
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for j := range each {
				if err := c.sendSpans(t.Context(), newSpan("a", byte(i+1), byte(j+1))); err != nil {
					t.Error(err)
				}
				_ = server.Snapshot().String()
			}
		})
		group.Go(func() {
			if _, err := server.WaitTrace(t.Context(), traceID(byte(i+1)), each); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := len(server.Spans()); got != senders*each {
		t.Errorf("got %d spans, want %d", got, senders*each)
	}
}

// failureRecorder is a testing.TB that records the failure that Start reports.
type failureRecorder struct {
	testing.TB
	message string
}

func (f *failureRecorder) Fatalf(format string, _ ...any) { f.message = format }

func TestStartFailsTestIfPortIsInUse(t *testing.T) {
	checkGoroutines(t)
	server := otlptest.Start(t)
	test := &failureRecorder{TB: t}
	if second := otlptest.Start(test, otlptest.WithAddr(server.Addr())); second != nil || test.message == "" {
		t.Errorf("got %v on a port in use, want the test to fail", second)
	}
}
