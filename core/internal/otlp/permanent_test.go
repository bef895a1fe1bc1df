package otlp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"

	"github.com/samespan/samespan/core/internal/exporterror"
)

// TestOnlyFinalErrorsEndAnExport proves which errors of an attempt end the export, and
// which are retried.
func TestOnlyFinalErrorsEndAnExport(t *testing.T) {
	write := &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	for _, test := range []struct {
		name string
		err  error
		// want is true if the error ends the export.
		want bool
	}{
		{"broken while the body is written", &url.Error{Op: "Post", Err: &net.OpError{Op: "readfrom", Net: "tcp", Err: write}}, false},
		{"broken while the header is written", fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", write), false},
		{"refused", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, false},
		{"a proxy that refuses", &net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}, false},
		{"a TLS alert", &net.OpError{Op: "remote error", Err: syscall.EPROTO}, false},
		{"an incomplete response", fmt.Errorf("reading the response: %w", io.ErrUnexpectedEOF), false},
		{"no answer in time", context.DeadlineExceeded, false},
		{"given up", context.Canceled, false},
		{"the function of WithHeaders was given up", fmt.Errorf("%w: %w", exporterror.ErrHeaders, context.Canceled), false},
		{"the function of WithHeaders got a response that is not HTTP", fmt.Errorf("%w: %w", exporterror.ErrHeaders, errors.New("malformed HTTP response")), false},
		{"plain HTTP where TLS was expected", &url.Error{Op: "Post", Err: http.ErrSchemeMismatch}, true},
		{"an HTML page", &notOTLPError{"200 OK", "text/html"}, true},
	} {
		if got := isPermanent(test.err); got != test.want {
			t.Errorf("%s: got %t for %v, want %t", test.name, got, test.err, test.want)
		}
	}
}
