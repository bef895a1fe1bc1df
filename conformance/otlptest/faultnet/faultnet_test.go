package faultnet_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/certificate"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// startEchoServer starts a server that responds to each line with the name and the line.
func startEchoServer(t *testing.T, name string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					_, _ = io.WriteString(conn, name+" "+lines.Text()+"\n")
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func startProxy(t *testing.T, target string) *faultnet.Proxy {
	t.Helper()
	p, err := faultnet.NewProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// exchangeLine sends a line on conn and returns the response.
func exchangeLine(t *testing.T, conn net.Conn, line string, waitLimit time.Duration) (string, error) {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(waitLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestProxyFreezesOnlyCurrentConnections(t *testing.T) {
	p := startProxy(t, startEchoServer(t, "one"))
	old := connect(t, p.Addr())
	if got, err := exchangeLine(t, old, "a", time.Minute); got != "one a\n" {
		t.Fatalf("got %q and %v", got, err)
	}
	p.Freeze()
	if got, err := exchangeLine(t, old, "b", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("frozen: got %q and %v, want no answer", got, err)
	}
	if got, err := exchangeLine(t, connect(t, p.Addr()), "c", time.Minute); got != "one c\n" {
		t.Errorf("a new connection: got %q and %v", got, err)
	}
	p.Blackhole(true)
	if got, err := exchangeLine(t, connect(t, p.Addr()), "d", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("black hole: got %q and %v, want no answer", got, err)
	}
	p.Blackhole(false)
	p.Retarget(startEchoServer(t, "two"))
	last := connect(t, p.Addr())
	if got, err := exchangeLine(t, last, "e", time.Minute); got != "two e\n" {
		t.Errorf("moved: got %q and %v", got, err)
	}
	p.Reset()
	if got, err := exchangeLine(t, last, "f", time.Minute); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Errorf("reset: got %q and %v, want a reset", got, err)
	}
	if p.Accepted() != 4 {
		t.Errorf("got %d connections, want 4", p.Accepted())
	}
}

func TestNamesResolveToNewAddresses(t *testing.T) {
	names, err := faultnet.NewNames()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = names.Close() })
	resolver := names.Resolver()
	var missing *net.DNSError
	if _, err := resolver.LookupHost(t.Context(), "collector.test"); !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("got %v, want that there is no such name", err)
	}
	for _, want := range [][]string{{"127.0.0.1"}, {"127.0.0.2", "127.0.0.3"}} {
		names.Set("collector.test", want...)
		got, err := resolver.LookupHost(t.Context(), "Collector.test")
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v and %v, want %v", got, err, want)
		}
	}
	names.SetDelay(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := resolver.LookupHost(ctx, "collector.test"); err == nil {
		t.Errorf("late: got %v, want no answer", got)
	}
	if names.Asked() == 0 {
		t.Error("got no questions")
	}
}

func TestCertificatesAreRenewedInPlace(t *testing.T) {
	dir := t.TempDir()
	var last *tls.Certificate
	for range 2 {
		authority, err := certificate.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		files, issued, err := authority.Issue(dir, "localhost", "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		server, err := faultnet.Serve("127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{issued}},
			faultnet.Answer(http.StatusTeapot, "text/plain", "short and stout"))
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}, ForceAttemptHTTP2: true}}
		response, err := client.Get(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusTeapot || response.ProtoMajor != 2 || string(body) != "short and stout" {
			t.Errorf("got %s over %s, %q and %v", response.Status, response.Proto, body, err)
		}
		client.CloseIdleConnections()
		_, _ = response.Body.Close(), server.Close()
		onDisk, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && last.Leaf.Equal(onDisk.Leaf) {
			t.Error("the certificate on disk is the old one")
		}
		last = &onDisk
	}
}
