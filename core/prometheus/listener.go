package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/samespan/samespan/internal/env"
)

// These are variables of OpenTelemetry's specification, and their defaults.
const (
	hostVariable = "OTEL_EXPORTER_PROMETHEUS_HOST"
	portVariable = "OTEL_EXPORTER_PROMETHEUS_PORT"
	defaultHost  = "localhost"
	defaultPort  = 9464
)

// These limits protect the server from clients that send or read slowly, or send large
// headers.
const (
	headerTimeout  = 5 * time.Second
	idleTimeout    = 2 * time.Minute
	writeTimeout   = time.Minute
	maxHeaderBytes = 64 << 10
)

// servingEndpoint is an Endpoint with its own server.
type servingEndpoint struct {
	*Endpoint
	server *http.Server
}

// newServingReader returns a reader that serves its metrics at /metrics, on the address
// that the variables set.
func newServingReader(ctx context.Context) (sdkmetric.Reader, error) {
	host, ok := env.Lookup(hostVariable)
	if !ok {
		host = defaultHost
	}
	// An IPv6 address may be in brackets, as in a URL.
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	port, ok, err := env.Process.Int(portVariable, 1)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		port = defaultPort
	case port > 65535:
		return nil, &env.Invalid{Name: portVariable, Value: strconv.Itoa(port), Problem: "too large", Want: "a port of 65535 or less"}
	}
	endpoint, err := New()
	if err != nil {
		return nil, err
	}
	open, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, listenError(host, port, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", endpoint)
	l := &servingEndpoint{Endpoint: endpoint, server: &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, WriteTimeout: writeTimeout, MaxHeaderBytes: maxHeaderBytes,
	}}
	go func() {
		if err := l.server.Serve(open); !errors.Is(err, http.ErrServerClosed) {
			otel.Handle(fmt.Errorf("prometheus: %w", err))
		}
	}()
	return l, nil
}

// listenError returns an error that names the variable to correct, which sets either the
// host or the port.
func listenError(host string, port int, err error) error {
	var (
		unknown *net.DNSError
		address *net.AddrError
	)
	if errors.As(err, &unknown) || errors.As(err, &address) || errors.Is(err, errAddrNotAvailable) {
		return &env.Invalid{Name: hostVariable, Value: host, Err: err, Want: "a host name or IP address of this machine"}
	}
	return &env.Invalid{Name: portVariable, Value: strconv.Itoa(port), Err: err, Want: "a free port"}
}

// Shutdown responds to the scrapes in progress and then shuts down the reader. The last
// scrape includes everything recorded before it.
func (l *servingEndpoint) Shutdown(ctx context.Context) error {
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, l.server.Close())
	}
	return errors.Join(err, l.Endpoint.Shutdown(ctx))
}
