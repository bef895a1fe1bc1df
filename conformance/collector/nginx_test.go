//go:build nginx

package collector

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/samespan/samespan/conformance/internal/backendtest"
)

// nginxConfigurationFormat is a format string for a configuration that terminates TLS in
// front of a Collector. OTLP/HTTP is served below the path prefix /otlp. OTLP over gRPC
// cannot have a prefix; its requests are recognized by the paths of OTLP's services. The
// arguments are the folder of nginx's files, the address to listen on, the paths of the
// certificate and of its key, and the Collector's address.
const nginxConfigurationFormat = `
daemon off;
pid %[1]s/nginx.pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_buffer_size 8m; # the workers may not write where the test does
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s ssl http2;
		ssl_certificate %[3]s;
		ssl_certificate_key %[4]s;
		location /otlp/ { proxy_pass http://%[5]s/; }
		location /opentelemetry.proto.collector. { grpc_pass grpc://%[5]s; }
	}
}
`

// TestAllSignalsArriveThroughNginx checks that all signals arrive if the emitter exports
// through nginx.
func TestAllSignalsArriveThroughNginx(t *testing.T) {
	for _, tr := range plainTransports() {
		for _, compression := range []string{"", "gzip"} {
			tr.compression = compression
			t.Run(tr.name+" "+compression, func(t *testing.T) {
				c := startCollector(t, tr, unlimitedMemory)
				files := createCertificate(t, "nginx")
				front := startNginx(t, c.address, files)
				endpoint := "https://" + front
				if tr.protocol == "http" {
					endpoint += "/otlp"
				}
				s := startEmitter(t, c, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint, "OTEL_EXPORTER_OTLP_CERTIFICATE="+files.certFile)
				s.sendEmitRequests(t)
				stopAndCheck(t, s, c)
				checkEmitted(t, c.sink.snapshot(), 1)
			})
		}
	}
}

// startNginx starts nginx in front of the Collector at address, and returns the address that
// nginx listens on.
func startNginx(t *testing.T, address string, files *certificateFiles) string {
	t.Helper()
	folder, front := t.TempDir(), backendtest.FreeAddress(t)
	file := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(nginxConfigurationFormat, folder, front, files.certFile, files.keyFile, address)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	nginx := exec.CommandContext(t.Context(), "nginx", "-p", folder, "-c", file)
	nginx.Stderr = &printed
	nginx.Cancel = func() error { return nginx.Process.Signal(os.Interrupt) }
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = nginx.Wait()
	}()
	t.Cleanup(func() {
		<-ended // the test's context has ended
		if t.Failed() {
			t.Logf("nginx has printed:\n%s", printed.String())
		}
	})
	backendtest.Eventually(t, "nginx accepts connections", func() bool {
		select {
		case <-ended:
			t.Fatalf("nginx has ended:\n%s", printed.String())
		default:
		}
		// Do not verify the certificate. The test only waits until nginx serves TLS.
		conn, err := tls.Dial("tcp", front, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // see above
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return front
}
