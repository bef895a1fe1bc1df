package service

import (
	"context"
	"net"
	"strconv"
	"testing"
)

// startIdleService starts a service that only listens. The caller must kill it.
func startIdleService(t *testing.T) *Instance {
	t.Helper()
	i, err := Start(t.Context(), InProcess(func(ctx context.Context, addr string, ready func()) error {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		ready()
		<-ctx.Done()
		return listener.Close()
	}), "idle", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestReceiverPortIsNotAssignedBySystems checks that the port of a receiver is
// outside the range that systems assign. Otherwise another program could get the address
// while a check has closed the receiver.
func TestReceiverPortIsNotAssignedBySystems(t *testing.T) {
	i := startIdleService(t)
	defer i.Kill()
	_, port, err := net.SplitHostPort(i.Collector.Addr())
	if err != nil {
		t.Fatal(err)
	}
	// Linux assigns ports from 32768, and most other systems from 49152.
	if n, err := strconv.Atoi(port); err != nil || n >= 32768 {
		t.Errorf("got port %s of the receiver, want one below 32768", port)
	}
}

// TestFreeAddressesDiffer checks that an unused address is not returned twice. With
// random choices from 20,000 ports, about six of 500 addresses would occur twice.
func TestFreeAddressesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for range 500 {
		address, err := FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Fatalf("%s was returned twice", address)
		}
		seen[address] = true
	}
}
