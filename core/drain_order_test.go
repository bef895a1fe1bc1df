package core

import (
	"runtime"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// TestResponsesCloseConnectionsOnceDraining proves the order of the two steps of a
// drain: when the channel of Draining is closed, responses already ask clients to
// close their connections.
func TestResponsesCloseConnectionsOnceDraining(t *testing.T) {
	for range 2000 {
		tel := Disabled()
		adapter := httpserver.MustInstrument(tel, httpserver.Framework{Name: "test"})
		drainWatched, keptAlive := make(chan struct{}), make(chan bool)
		go func() {
			draining := tel.Draining()
			close(drainWatched)
			for {
				select {
				case <-draining:
					keptAlive <- !adapter.ServerIsStopping()
					return
				default:
					runtime.Gosched()
				}
			}
		}()
		<-drainWatched
		tel.servingService().Draining()
		if <-keptAlive {
			t.Fatal("the drain has begun, and connections are still kept alive")
		}
	}
}
