package otlp

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/samespan/samespan/core/internal/settings"
)

// countingListener is a listener that counts connections and reports when one is closed.
type countingListener struct {
	net.Listener
	// acceptedCount is the number of accepted connections.
	acceptedCount atomic.Int32
	// connClosed receives a value when a connection is closed.
	connClosed chan struct{}
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.acceptedCount.Add(1)
	return &countedConn{Conn: conn, listener: l}, nil
}

// countedConn is a connection accepted by a countingListener.
type countedConn struct {
	net.Conn
	listener *countingListener
	// closed is set at the first call of Close. Only that call is reported.
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.listener.connClosed <- struct{}{}
	}
	return c.Conn.Close()
}

// TestIdleConnectionIsReplaced proves that an attempt after an idle period uses a
// new connection.
func TestIdleConnectionIsReplaced(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &countingListener{Listener: tcp, connClosed: make(chan struct{}, 8)}
	new(spanServer).serve(t, listener)
	c := &grpcSender{
		Collector:   NewCollector(settings.OTLP{Signal: "traces", Protocol: settings.ProtocolGRPC, Target: "dns:///" + tcp.Addr().String()}),
		idleTimeout: 10 * time.Millisecond,
	}
	defer func() { _ = c.close() }()
	for want := range int32(3) {
		const method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
		if err := c.attempt(t.Context(), method, new(coltrace.ExportTraceServiceRequest), new(coltrace.ExportTraceServiceResponse)); err != nil {
			t.Fatal(err)
		}
		if got := listener.acceptedCount.Load(); got != want+1 {
			t.Errorf("attempt %d: got %d connections, want %d", want, got, want+1)
		}
		select {
		case <-listener.connClosed:
		case <-time.After(10 * time.Second):
			t.Fatal("the idle connection stays open")
		}
	}
}
