package fiberotel_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestRenamedFieldIsFound proves that the field by which the middleware recognizes malformed
// requests is found under each name that it has had.
func TestRenamedFieldIsFound(t *testing.T) {
	for _, fields := range []reflect.Type{
		reflect.TypeFor[struct{ skipNonUseRoutes bool }](),       // until Fiber v3.2
		reflect.TypeFor[struct{ shouldSkipNonUseRoutes bool }](), // since Fiber v3.3
	} {
		if err := fiberotel.FieldErrorOf(fields); err != nil {
			t.Error(err)
		}
	}
}

// TestMissingFieldIsReported proves that requests are still recorded, and an error is
// reported, if a version of Fiber does not have the unexported field that this module
// reads.
func TestMissingFieldIsReported(t *testing.T) {
	if err := fiberotel.FieldError(); err != nil {
		t.Errorf("got %v of this Fiber, want nothing", err)
	}
	if err := fiberotel.WithoutField(t); err == nil || !strings.Contains(err.Error(), "has no field skipNonUseRoutes") {
		t.Errorf("got %v, want the name of the missing field", err)
	}
	dir := testDirectory(t)
	for _, test := range fibertest.Routes {
		r := httpservertest.New(t, httpserver.Config{})
		app := instrumentedApp(r)
		registerRoutes(app, dir)
		if status, _ := serve(t, app).Do(test.Method, test.Path); status != test.Status {
			t.Errorf("%s %s: got status %d, want %d", test.Method, test.Path, status, test.Status)
		}
		fibertest.CheckRoute(t, r, test.Method, test.Native, test.Status)
	}
}
