package service_test

import (
	"context"
	"net"
	"strconv"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
)

// TestReceiverPortIsNotAssignedBySystems checks that the port of a receiver is
// outside the range that systems assign. Otherwise another program could get the address
// while a check has closed the receiver.
func TestReceiverPortIsNotAssignedBySystems(t *testing.T) {
	i, err := service.Start(t.Context(), service.InProcess(func(ctx context.Context, addr string, ready func()) error {
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
		address, err := service.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Fatalf("%s was returned twice", address)
		}
		seen[address] = true
	}
}
