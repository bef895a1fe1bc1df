package core

import (
	"runtime"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// Whoever sees that the drain has begun gets no answer any more that keeps its
// connection.
func TestConnectionsCloseOnceDrainingIsSeen(t *testing.T) {
	for range 2000 {
		tel := Disabled()
		adapter := httpserver.MustInstrument(tel, httpserver.Framework{Name: "test"})
		begun, kept := make(chan struct{}), make(chan bool)
		go func() {
			draining := tel.Draining()
			close(begun)
			for {
				select {
				case <-draining:
					kept <- !adapter.ServerIsStopping()
					return
				default:
					runtime.Gosched()
				}
			}
		}()
		<-begun
		tel.servingService().Draining()
		if <-kept {
			t.Fatal("the drain has begun, and connections are still kept alive")
		}
	}
}
