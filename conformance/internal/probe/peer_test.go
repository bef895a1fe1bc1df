package probe

import (
	"net"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance/internal/service"
)

// TestClientReturnsExpectedAddress checks which client address a service must record. For
// a service on another machine, any address is accepted.
func TestClientReturnsExpectedAddress(t *testing.T) {
	at := listen(t, "127.0.0.1:0")
	for _, test := range []struct {
		host string
		seen any
		want string
	}{
		{"", "127.0.0.1", "127.0.0.1"},
		{"", "172.17.0.1", "127.0.0.1"},
		{"", nil, "127.0.0.1"},
		{"", "::ffff:127.0.0.1", "::ffff:127.0.0.1"},
		{"host.docker.internal", "172.17.0.1", "172.17.0.1"},
		{"host.docker.internal", "fd00::1", "fd00::1"},
		{"host.docker.internal", "gateway", "an IP address"},
		{"host.docker.internal", nil, "an IP address"},
	} {
		p := &Probe{Subject: &Declared{PeerHost: test.host}, ctx: t.Context(), instance: at}
		if got := p.Client(test.seen); got != test.want {
			t.Errorf("with the host %q, %v was seen: got %q, want %q", test.host, test.seen, got, test.want)
		}
	}
}

// TestClientOfServiceAtIPv6 checks which client address a service must record if it listens
// on IPv6. Its URL may have the name localhost, which many systems resolve to ::1.
func TestClientOfServiceAtIPv6(t *testing.T) {
	const own = "::1"
	at := listen(t, net.JoinHostPort(own, "0"))
	for seen, want := range map[any]string{own: own, "127.0.0.1": own, nil: own} {
		p := &Probe{Subject: new(Declared), ctx: t.Context(), instance: at}
		if got := p.Client(seen); got != want {
			t.Errorf("%v was seen: got %q, want %q", seen, got, want)
		}
	}
}

// listen listens on addr until the test ends, and returns a service at that address. It skips
// the test if addr does not exist on this machine.
func listen(t *testing.T, addr string) *service.Instance {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		if strings.HasPrefix(addr, "127.0.0.1:") {
			t.Fatal(err)
		}
		t.Skipf("no such address on this machine: %v", err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return &service.Instance{Addr: listener.Addr().String()}
}
