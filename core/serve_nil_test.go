package core

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestServeRefusesNilArgumentsOfOnListener proves that Serve returns an error that says what is
// nil, instead of a panic in a goroutine, which would end the process.
func TestServeRefusesNilArgumentsOfOnListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for want, server := range map[string]Server{
		"OnListener: the *http.Server is nil": OnListener(nil, listener),
		"OnListener: the listener is nil":     OnListener(new(http.Server), nil),
	} {
		if err := Disabled().Serve(t.Context(), &http.Server{Addr: "127.0.0.1:0"}, server); err == nil || !strings.Contains(err.Error(), "core: serve: "+want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
