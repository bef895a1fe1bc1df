package httpserver_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestErrorHandlerOfTheConfig has a hook that panics in two requests.
func TestErrorHandlerOfTheConfig(t *testing.T) {
	var told []error
	r := httpservertest.New(t, httpserver.Config{
		ErrorHandler: otel.ErrorHandlerFunc(func(err error) { told = append(told, err) }),
	})
	in := instrument(t, r)
	for range 2 {
		_, x := in.Start(t.Context(), request("/"))
		x.End(httpserver.Outcome{Status: 200, SpanName: func() string { panic("no name") }})
	}
	if len(told) != 1 || !strings.Contains(told[0].Error(), "no name") {
		t.Errorf("got errors %v, want one of the panic", told)
	}
}
