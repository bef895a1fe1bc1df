package loopback_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/samespan/samespan/internal/loopback"
)

func TestFreeAddress(t *testing.T) {
	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("listening on the free address: %v", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	// The port must be below the range of ports that systems assign to connections. The
	// range begins at 32768 on Linux, and at 49152 on most other systems.
	if n, err := strconv.Atoi(port); err != nil || n < 1024 || n >= 32768 {
		t.Errorf("got port %s, want one from 1024 to 32767", port)
	}
}

// TestFreeAddressesDiffer proves that no address is returned twice within a minute, even
// if nothing listens on it. Without claims, about six of 500 random ports would repeat.
func TestFreeAddressesDiffer(t *testing.T) {
	returned := make(map[string]bool)
	for range 500 {
		address, err := loopback.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if returned[address] {
			t.Fatalf("%s was returned twice", address)
		}
		returned[address] = true
	}
}
