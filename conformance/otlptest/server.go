package otlptest

import (
	"errors"
	"fmt"
	"net"
	"sync"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress
)

// maxRequestBytes limits a single export. It is far above the limits of
// collectors, so that a test sees what was sent.
const maxRequestBytes = 64 << 20

// Server is an OTLP/gRPC receiver for traces, metrics and logs. All its
// methods are safe for concurrent use.
type Server struct {
	listener  *trackingListener
	grpc      *grpc.Server
	secure    bool
	forwarder *forwarder // nil without forwarding
	store     store

	responseMu sync.Mutex
	response   Response

	closeOnce sync.Once
	served    chan error
	closeErr  error
}

// NewServer listens and serves until [Server.Close]. Errors are those of
// listening and of an endpoint or protocol to forward with that cannot be used.
func NewServer(opts ...Option) (*Server, error) {
	c := config{addr: "127.0.0.1:0"}
	for _, opt := range opts {
		opt.apply(&c)
	}
	s := &Server{secure: c.tls != nil, served: make(chan error, 1)}
	s.store.init()
	if c.forwardEndpoint != "" {
		var err error
		if s.forwarder, err = newForwarder(c.forwardEndpoint, c.forwardProtocol, c.forwardHeaders); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		if s.forwarder != nil {
			err = errors.Join(err, s.forwarder.close())
		}
		return nil, fmt.Errorf("otlptest: listening on %q: %w", c.addr, err)
	}
	s.listener = &trackingListener{Listener: listener}

	serverOptions := []grpc.ServerOption{grpc.MaxRecvMsgSize(maxRequestBytes), grpc.WaitForHandlers(true)}
	if c.tls != nil {
		serverOptions = append(serverOptions, grpc.Creds(credentials.NewTLS(c.tls)))
	}
	s.grpc = grpc.NewServer(serverOptions...)
	collectortrace.RegisterTraceServiceServer(s.grpc, &traceService{server: s})
	collectormetrics.RegisterMetricsServiceServer(s.grpc, &metricsService{server: s})
	collectorlogs.RegisterLogsServiceServer(s.grpc, &logsService{server: s})
	go func() { s.served <- s.grpc.Serve(s.listener) }()
	return s, nil
}

// Addr is the address listened on, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Endpoint is the server's URL, such as "http://127.0.0.1:40317"; https if it
// speaks TLS. It is what OTEL_EXPORTER_OTLP_ENDPOINT takes.
func (s *Server) Endpoint() string {
	if s.secure {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Env is the environment that makes a program export to this server, each as
// NAME=value, for an exec.Cmd's Env. A server that speaks TLS also needs
// OTEL_EXPORTER_OTLP_CERTIFICATE, the file of a certificate to trust.
func (s *Server) Env() []string {
	env := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.Endpoint(),
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
	}
	if !s.secure {
		env = append(env, "OTEL_EXPORTER_OTLP_INSECURE=true")
	}
	return env
}

// SetResponse lets f decide on every export from now on, before anything is
// kept: an error of f is the answer (one of the package grpc/status keeps its
// code), and the request's contents are neither kept nor forwarded. To stall,
// f waits for ctx, which ends when the client gives up or the server is
// closed; an f that ignores ctx holds up Close. Nil accepts everything again.
//
// [BlackHole], [Slow], [Fail], [Throttle], [RejectPart], [Cut] and
// [LoseAnswer] are the usual faults; the last three do what no error of a
// function outside this package can.
func (s *Server) SetResponse(f Response) {
	s.responseMu.Lock()
	defer s.responseMu.Unlock()
	s.response = f
}

// Forwarded counts the requests that [WithForward] passed on, and those that
// it failed to or had to drop.
func (s *Server) Forwarded() (sent, failed int64) {
	if s.forwarder == nil {
		return 0, 0
	}
	return s.forwarder.sent.Load(), s.forwarder.failed.Load()
}

// Close stops serving at once, drops connections, ends every Wait, and gives
// what is being forwarded a few seconds to be sent. What was received stays
// readable. Closing again returns the same.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.grpc.Stop()
		err := <-s.served
		if errors.Is(err, grpc.ErrServerStopped) {
			err = nil
		}
		s.store.close()
		if s.forwarder != nil {
			err = errors.Join(err, s.forwarder.close())
		}
		if err != nil {
			s.closeErr = fmt.Errorf("otlptest: closing: %w", err)
		}
	})
	return s.closeErr
}
