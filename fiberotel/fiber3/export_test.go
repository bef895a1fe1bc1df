package fiberotel

import (
	"reflect"
	"testing"
)

// WithoutField runs the rest of the test as with a Fiber whose context has no
// field that tells malformed requests, and returns what is reported of it.
func WithoutField(t *testing.T) error {
	t.Helper()
	kept := malformedField
	t.Cleanup(func() { malformedField = kept })
	var err error
	malformedField, err = fieldOf(reflect.TypeFor[struct{ skipNonUseRoutes int }](), "skipNonUseRoutes")
	return err
}

// FieldError is what this Fiber does not have.
func FieldError() error { return errMalformedField }
