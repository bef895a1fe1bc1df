package fiberotel

import (
	"reflect"
	"testing"
)

// WithoutField makes the rest of the test run as if Fiber's context had no field for
// malformed requests. It returns the error that the middleware reports in that case.
func WithoutField(t *testing.T) error {
	t.Helper()
	kept := malformedField
	t.Cleanup(func() { malformedField = kept })
	var err error
	malformedField, err = fieldOf(reflect.TypeFor[struct{ skipNonUseRoutes int }](), "skipNonUseRoutes")
	return err
}

// FieldError returns an error if this version of Fiber has no field for malformed requests.
func FieldError() error { return errMalformedField }
