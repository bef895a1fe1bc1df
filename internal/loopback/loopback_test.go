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
		t.Fatalf("listening at the address that is free: %v", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	// Linux assigns the ports from 32768 to connections, most other systems
	// those from 49152.
	if n, err := strconv.Atoi(port); err != nil || n < 1024 || n >= 32768 {
		t.Errorf("got port %s, want one from 1024 to 32767", port)
	}
}

// TestFreeAddressesDiffer checks that no address is returned twice while it is
// unused. Random choices from 20,000 ports would repeat about six of 500.
func TestFreeAddressesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for range 500 {
		address, err := loopback.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[address] {
			t.Fatalf("%s was returned twice", address)
		}
		seen[address] = true
	}
}
