package probe

import "testing"

// TestClientReturnsExpectedAddress checks which client address a service must record. For
// a service on another machine, any address is accepted.
func TestClientReturnsExpectedAddress(t *testing.T) {
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
		p := &Probe{Subject: &Declared{PeerHost: test.host}}
		if got := p.Client(test.seen); got != test.want {
			t.Errorf("with the host %q, %v was seen: got %q, want %q", test.host, test.seen, got, test.want)
		}
	}
}
