package network

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

// serviceVariable is the environment variable that makes the test binary run as a service
// that exports one span. A separate process is needed because Go reads the proxy
// variables only once.
const serviceVariable = "NETWORK_AS_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(serviceVariable) == "" {
		os.Exit(runTests(m))
	}
	tel, err := core.Setup(context.Background(), core.WithShutdownTimeout(flushTimeout))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, span := tel.TracerProvider().Tracer("test").Start(context.Background(), "span")
	span.End()
	_ = tel.Shutdown(context.Background())
}

// runTests runs the tests without OpenTelemetry variables. It runs four in parallel
// unless a flag says otherwise, since they mostly wait.
func runTests(m *testing.M) int {
	flag.Parse()
	parallel := flag.Lookup("test.parallel")
	if parallel.Value.String() == parallel.DefValue {
		if err := flag.Set(parallel.Name, "4"); err != nil {
			panic(err)
		}
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	return m.Run()
}

// TestFailingProxyIsNamedInLog checks that attempts continue if the proxy is down or
// refuses to connect, and that the logged advice is about the proxy.
func TestFailingProxyIsNamedInLog(t *testing.T) {
	t.Parallel()
	for _, tr := range transports {
		for name, answer := range map[string]string{"closes": "", "refuses": "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"} {
			if answer != "" && tr == (transport{overHTTP, false}) {
				continue // for plain HTTP, the proxy's 503 looks like a response of the collector
			}
			t.Run(strings.ReplaceAll(tr.String(), "/", " ")+" "+name, func(t *testing.T) {
				t.Parallel()
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = listener.Close() })
				var connections atomic.Int32
				go func() {
					for {
						conn, err := listener.Accept()
						if err != nil {
							return
						}
						connections.Add(1)
						if answer != "" {
							_, _ = conn.Read(make([]byte, 4096))
							_, _ = conn.Write([]byte(answer))
						}
						_ = conn.Close()
					}
				}()
				logged := runServiceBehindProxy(t, tr, listener.Addr().String())
				if connections.Load() < 2 {
					t.Errorf("the proxy got %d connections, want several attempts\n%s", connections.Load(), logged)
				}
				if answer != "" && (!strings.Contains(logged, "_PROXY does not connect") || !strings.Contains(logged, "503")) {
					t.Errorf("got\n%s\nwant advice about the proxy", logged)
				}
			})
		}
		t.Run(strings.ReplaceAll(tr.String(), "/", " ")+" is not there", func(t *testing.T) {
			t.Parallel()
			want := "the proxy in HTTPS_PROXY"
			if tr == (transport{overHTTP, false}) {
				want = "the proxy in HTTP_PROXY"
			}
			began := time.Now()
			logged := runServiceBehindProxy(t, tr, "127.0.0.1:1")
			if took := time.Since(began); !strings.Contains(logged, want) || took < 2*time.Second {
				t.Errorf("got after %v\n%s\nwant %q after several attempts", took, logged, want)
			}
		})
	}
}

// TestExportsThroughProxyWithCredentials checks exports through a proxy that requires
// credentials. Only the proxy can resolve the collector's name.
func TestExportsThroughProxyWithCredentials(t *testing.T) {
	for _, tr := range transports {
		t.Run(strings.ReplaceAll(tr.String(), "/", " "), func(t *testing.T) {
			id := newIdentity(t, t.TempDir())
			c := startCollector(t, tr.protocol, "127.0.0.1:0", id.serverTLSConfigFor(tr))
			var unauthorized atomic.Int32
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpzM2NyZXQ=" || r.Host != "collector.test:4317" {
					unauthorized.Add(1)
					w.WriteHeader(http.StatusProxyAuthRequired)
					return
				}
				if r.Method != http.MethodConnect {
					r.Header.Del("Proxy-Authorization")
					c.ServeHTTP(w, r)
					return
				}
				tunnel(w, c.address)
			}))
			t.Cleanup(proxy.Close)
			logged := runServiceBehindProxy(t, tr, "user:s3cret@"+proxy.Listener.Addr().String(),
				"OTEL_EXPORTER_OTLP_ENDPOINT="+tr.scheme()+"collector.test:4317", "OTEL_EXPORTER_OTLP_CERTIFICATE="+id.files.Authority)
			if len(c.Spans()) != 1 || unauthorized.Load() != 0 || strings.Contains(logged, "s3cret") {
				t.Errorf("got %d spans and %d requests without credentials, and\n%s", len(c.Spans()), unauthorized.Load(), logged)
			}
		})
	}
}

// tunnel connects a client that has sent CONNECT with the server at address.
func tunnel(w http.ResponseWriter, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(server, buffered)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

// runServiceBehindProxy runs a service that exports through a proxy, and returns the log of
// the service. proxy is the address of the proxy, or has the form user:password@address.
// variables are additional environment variables, as NAME=value.
func runServiceBehindProxy(t *testing.T, tr transport, proxy string, variables ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	environmentMu.Lock()
	cmd.Env = os.Environ()
	environmentMu.Unlock()
	cmd.Env = append(cmd.Env, serviceVariable+"=1", "HTTP_PROXY=http://"+proxy, "HTTPS_PROXY=http://"+proxy, "NO_PROXY=", "no_proxy=",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+tr.scheme()+"192.0.2.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL="+tr.protocol,
		"OTEL_BSP_EXPORT_TIMEOUT=3000", "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none")
	cmd.Env = append(cmd.Env, variables...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
