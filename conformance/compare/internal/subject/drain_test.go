//go:build unix

package subject_test

import (
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// TestServiceServesDuringDrainDelay checks for every framework's server that it continues to
// serve during the drain delay after SIGTERM, that it then stops, and that nothing is lost.
func TestServiceServesDuringDrainDelay(t *testing.T) {
	const delay = 1500 * time.Millisecond
	for _, s := range subject.All {
		t.Run(s.Name, func(t *testing.T) {
			r := startSubject(t, s, core.WithDrainDelay(delay))
			began := time.Now()
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if status, _, _ := r.send(rawRequest{method: http.MethodGet, target: "/process/7"}); status != http.StatusOK {
				t.Errorf("got status %d after the signal, want 200", status)
			}
			select {
			case err := <-r.result:
				if err != nil {
					t.Errorf("the service ended with %v", err)
				}
			case <-time.After(waitTimeout):
				t.Fatal("the service did not end")
			}
			r.cancel()
			r.cancel = nil
			if took := time.Since(began); took < delay {
				t.Errorf("ended after %v, want %v to pass", took, delay)
			}
			if conn, err := net.Dial("tcp", r.addr); err == nil {
				_ = conn.Close()
				t.Error("still accepts connections")
			}
			servers := 0
			for _, span := range r.collector.Spans() {
				if span.Kind() == otlptest.KindServer {
					servers++
				}
			}
			if servers != 1 {
				t.Errorf("got %d server spans, want that of the request after the signal", servers)
			}
		})
	}
}
