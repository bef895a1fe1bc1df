//go:build unix

package loopback_test

import (
	"net"
	"os/exec"
	"sync"
	"testing"

	"github.com/samespan/samespan/internal/loopback"
)

// TestFreeAddressRefusesConnections proves that nothing listens on a free address, even if
// this process starts programs at the same time. Until a new process executes its program, it
// has all sockets of this process.
func TestFreeAddressRefusesConnections(t *testing.T) {
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
	for range 300 {
		address, err := loopback.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Errorf("%s accepts connections", address)
		}
	}
}
