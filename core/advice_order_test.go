package core

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/logtest"
)

// TestFailedLookupIsAttributedToDNS proves that if no DNS server responds, the log does not
// blame the collector. The error of the lookup has the same text as that of a collector
// that refuses connections.
func TestFailedLookupIsAttributedToDNS(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := socket.LocalAddr().String() // nothing listens at this address from now on
	_ = socket.Close()
	resolver := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = resolver })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server)
	}}
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		c := &adviceCase{
			name: protocol, endpoint: "http://collector.test:4317", protocol: protocol,
			errorType: exporterror.NoName, wantAdvice: "this machine cannot resolve the host name in OTEL_EXPORTER_OTLP_ENDPOINT",
		}
		var exports sync.WaitGroup
		c.export(t, &exports, 3*time.Second)
		exports.Wait()
		c.check(t)
	}
}

// TestMissingCertificateFileIsNoMissingCollector proves that the log does not say that
// nothing listens at the address if the collector responds, but a certificate file has been
// deleted.
func TestMissingCertificateFileIsNoMissingCollector(t *testing.T) {
	certificate := newTestCertificate(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	content, err := os.ReadFile(certificate.certFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r := collectorStarter{t, protocol}.startReceiver(protocol, &tls.Config{Certificates: []tls.Certificate{certificate.certificate}})
		r.setAnswer(func(string) answer { return answer{err: status.Error(codes.Unavailable, "starting")} })
		logger, logged := logtest.New()
		c := &adviceCase{
			name: protocol, endpoint: "https://" + r.address, log: logged, errorType: "unavailable", wantAdvice: "is not ready: check its log",
		}
		c.tel = setup(t, append(tracesOnlyVariables(protocol, r.address), "OTEL_EXPORTER_OTLP_ENDPOINT", c.endpoint,
			"OTEL_EXPORTER_OTLP_CERTIFICATE", file, "OTEL_BSP_EXPORT_TIMEOUT", "3000"), WithLogger(logger), WithShutdownTimeout(20*time.Second))
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		endSpans(t, c.tel, 1)
		c.err = c.tel.Shutdown(t.Context())
		c.check(t)
	}
}
