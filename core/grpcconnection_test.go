package core

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/samespan/samespan/core/internal/settings"
)

// countingListener counts its connections, and those that are open.
type countingListener struct {
	net.Listener
	accepted, open atomic.Int32
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.accepted.Add(1)
	l.open.Add(1)
	return &countedConn{Conn: conn, of: l}, nil
}

type countedConn struct {
	net.Conn
	of     *countingListener
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.of.open.Add(-1)
	}
	return c.Conn.Close()
}

// TestIdleConnectionIsClosed makes an attempt after a connection has been idle:
// it has a new one, on which an answer comes.
func TestIdleConnectionIsClosed(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &countingListener{Listener: tcp}
	newReceiverOn(t, nil, listener)
	c := &grpcConnection{
		collector: newCollector(settings.OTLP{Signal: "traces", Protocol: settings.ProtocolGRPC, Target: "dns:///" + tcp.Addr().String()}),
		idle:      10 * time.Millisecond,
	}
	defer func() { _ = c.close() }()
	for want := range int32(3) {
		const method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
		if err := c.attempt(t.Context(), method, new(coltrace.ExportTraceServiceRequest), new(coltrace.ExportTraceServiceResponse)); err != nil {
			t.Fatal(err)
		}
		if got := listener.accepted.Load(); got != want+1 {
			t.Errorf("attempt %d: got %d connections, want %d", want, got, want+1)
		}
		eventually(t, "the idle connection is closed", func() bool { return listener.open.Load() == 0 })
	}
}
