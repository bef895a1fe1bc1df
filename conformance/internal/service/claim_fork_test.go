//go:build unix

package service

import (
	"os/exec"
	"sync"
	"testing"
)

// TestClaimedAddressRefusesConnections proves that nothing listens on an address when
// claimAddress returns, even if this process starts programs at the same time: see
// checkFree.
func TestClaimedAddressRefusesConnections(t *testing.T) {
	stop := make(chan struct{})
	var starters sync.WaitGroup
	for range 4 {
		starters.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = exec.CommandContext(t.Context(), "true").Run()
				}
			}
		})
	}
	defer starters.Wait()
	defer close(stop)
	for range 1000 {
		c, err := claimFreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if !refuses(c.address) {
			t.Errorf("%s accepts connections", c.address)
		}
		if err := c.socket.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
