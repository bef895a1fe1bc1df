package backendtest

import (
	"context"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/poll"
	"github.com/samespan/samespan/conformance/internal/service"
)

// Patience limits how long a test waits for a backend or a service.
const Patience = 2 * time.Minute

// FreeAddress returns a loopback address that is not in use.
func FreeAddress(t *testing.T) string {
	t.Helper()
	address, err := service.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Reference returns a Starter for a reference service of conformance/compare. args are
// added to the command line after the service's name.
func Reference(t *testing.T, name string, args ...string) conformance.Starter {
	t.Helper()
	binary, err := buildCompare()
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Command(binary, append([]string{"serve", name}, args...)...)
}

// Start starts a program that listens at address, and returns once the program accepts
// connections. When the test ends, the program is killed; if the test has failed, the
// program's output is shown.
func Start(t *testing.T, name string, starter conformance.Starter, address string, env ...string) conformance.Service {
	t.Helper()
	process, err := starter.Start(t.Context(), conformance.Launch{Addr: address, Env: env})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() {
		process.Kill()
		if printed := process.Output(); t.Failed() && printed != "" {
			t.Logf("output of %s:\n%s", name, printed)
		}
	})
	instance := service.Instance{Addr: address, Service: process}
	if err := instance.Accepts(t.Context()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return process
}

// Eventually waits until condition returns true. If that takes longer than [Patience], the
// test fails with a message that ends with what.
func Eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	if !poll.Until(ctx, condition) {
		t.Fatalf("not true within %v: %s", Patience, what)
	}
}
