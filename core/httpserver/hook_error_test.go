package httpserver_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestConfigErrorHandlerGetsFirstPanicOfHook proves that Config.ErrorHandler receives the
// panic of a hook, and only the first one.
func TestConfigErrorHandlerGetsFirstPanicOfHook(t *testing.T) {
	var errs []error
	r := httpservertest.New(t, httpserver.Config{
		ErrorHandler: otel.ErrorHandlerFunc(func(err error) { errs = append(errs, err) }),
	})
	instrumentation := instrument(t, r)
	for range 2 {
		_, x := instrumentation.Start(t.Context(), newRequest("/"))
		x.End(httpserver.Outcome{Status: 200, SpanName: func() string { panic("no name") }})
	}
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "no name") {
		t.Errorf("got errors %v, want one of the panic", errs)
	}
}
