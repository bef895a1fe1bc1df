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
		// A busy machine may need more time for the first lookup.
		for _, timeout := range []time.Duration{3 * time.Second, 30 * time.Second} {
			var exports sync.WaitGroup
			c.export(t, &exports, timeout)
			exports.Wait()
			if !c.timedOutUnexpectedly() {
				break
			}
		}
		c.check(t)
	}
}

// TestDeletedCertificateIsNotReportedAsRefused proves that the log does not say that
// nothing listens at the address if the collector responds, but a certificate file has been
// deleted.
func TestDeletedCertificateIsNotReportedAsRefused(t *testing.T) {
	certificate := newTestCertificate(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	content, err := os.ReadFile(certificate.certFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{settings.ProtocolGRPC, settings.ProtocolHTTP} {
		r := collectorStarter{t, protocol}.startReceiver(protocol, &tls.Config{Certificates: []tls.Certificate{certificate.certificate}})
		r.setAnswer(func(string) answer { return answer{err: status.Error(codes.Unavailable, "starting")} })
		c := &adviceCase{name: protocol, endpoint: "https://" + r.address, errorType: "unavailable", wantAdvice: "is not ready: check its log"}
		// A busy machine may need more time for the first export.
		for _, timeout := range []time.Duration{3 * time.Second, 30 * time.Second} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			logger, logged := logtest.New()
			c.log = logged
			c.tel = setup(t, append(tracesOnlyVariables(protocol, r.address), "OTEL_EXPORTER_OTLP_ENDPOINT", c.endpoint,
				"OTEL_EXPORTER_OTLP_CERTIFICATE", file, "OTEL_BSP_EXPORT_TIMEOUT", formatMilliseconds(timeout)),
				WithLogger(logger), WithoutGlobals(), WithShutdownTimeout(timeout+20*time.Second))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			endSpans(t, c.tel, 1)
			c.err = c.tel.Shutdown(t.Context())
			if !c.timedOutUnexpectedly() {
				break
			}
		}
		c.check(t)
	}
}
