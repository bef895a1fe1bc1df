package core

import (
	"fmt"
	"net"
	"net/url"
	"syscall"
	"testing"
)

// TestAway holds the errors that Go's client returns for a collector that is
// not there, or no longer, against those that no second attempt mends.
func TestAway(t *testing.T) {
	write := &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"broken while the body is written", &url.Error{Op: "Post", Err: &net.OpError{Op: "readfrom", Net: "tcp", Err: write}}, true},
		{"broken while the header is written", fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", write), true},
		{"refused", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, true},
		{"a TLS alert", &net.OpError{Op: "remote error", Err: syscall.EPROTO}, false},
		{"none", nil, false},
	} {
		if got := isAway(test.err); got != test.want {
			t.Errorf("%s: got %t for %v, want %t", test.name, got, test.err, test.want)
		}
	}
}
