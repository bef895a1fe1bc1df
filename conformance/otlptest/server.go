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

// maxRequestBytes limits a single export. It is far above the limits of collectors, so
// that a test can examine exports that a collector would refuse.
const maxRequestBytes = 64 << 20

// Server is an OTLP/gRPC receiver for traces, metrics and logs. [Server.ServeHTTP] receives
// http/protobuf. All methods are safe for concurrent use.
type Server struct {
	listener  *trackingListener
	grpc      *grpc.Server
	usesTLS   bool
	forwarder *forwarder // nil without forwarding
	store     store

	responseMu sync.Mutex
	response   Response // set by SetResponse; may be nil

	closeOnce sync.Once
	serveErr  chan error // receives the result of grpc.Serve
	closeErr  error
}

// NewServer starts a server that listens until [Server.Close]. It returns an error if it
// cannot listen, or if an option is nil or invalid.
func NewServer(opts ...Option) (*Server, error) {
	c := config{addr: "127.0.0.1:0"}
	for i, opt := range opts {
		if opt == nil {
			return nil, fmt.Errorf("otlptest: option %d is nil, want an option of this package, such as WithAddr", i+1)
		}
		opt.apply(&c)
	}
	s := &Server{usesTLS: c.tls != nil, serveErr: make(chan error, 1)}
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
	go func() { s.serveErr <- s.grpc.Serve(s.listener) }()
	return s, nil
}

// Addr returns the address that the server listens on, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Endpoint returns the server's URL, such as "http://127.0.0.1:40317", or https if the
// server uses TLS. It is a valid value of OTEL_EXPORTER_OTLP_ENDPOINT.
func (s *Server) Endpoint() string {
	if s.usesTLS {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// Env returns the environment variables, as NAME=value, that make a program export to
// this server, for the Env of an exec.Cmd. If the server uses TLS, the program also needs
// OTEL_EXPORTER_OTLP_CERTIFICATE, the file of a certificate to trust.
func (s *Server) Env() []string {
	env := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.Endpoint(),
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
	}
	if !s.usesTLS {
		env = append(env, "OTEL_EXPORTER_OTLP_INSECURE=true")
	}
	return env
}

// SetResponse makes the server call f for every later export. If f returns an error, the
// server responds with that error, and neither stores nor forwards the export. An error of
// package grpc/status keeps its code. ctx ends when the client cancels the export or the
// server is closed: to stall an export, f can wait for that. [Server.Close] waits until f
// has returned. If f is nil, the server accepts every export.
//
// [BlackHole], [Slow], [Fail], [Throttle], [RejectPart], [Cut] and [LoseAnswer] are the
// usual faults. Your own f can do the same as the first four. Only [RejectPart], [Cut] and
// [LoseAnswer] can reject a part of an export or reset the connection.
func (s *Server) SetResponse(f Response) {
	s.responseMu.Lock()
	defer s.responseMu.Unlock()
	s.response = f
}

// Forwarded returns the number of requests that [WithForward] has sent, and the number
// that have failed or were dropped.
func (s *Server) Forwarded() (sent, failed int64) {
	if s.forwarder == nil {
		return 0, 0
	}
	return s.forwarder.sentCount.Load(), s.forwarder.failedCount.Load()
}

// Close stops the server at once, closes its connections, and ends every Wait. With
// [WithForward], it waits up to 5 seconds until all accepted requests are forwarded. The
// received telemetry stays available. A second call returns the same result.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.grpc.Stop()
		err := <-s.serveErr
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
