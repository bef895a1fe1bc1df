package fiberotel

import (
	"reflect"
	"testing"
)

// WithoutField runs the rest of the test as if Fiber's context had no field for
// malformed requests, and returns the reported error.
func WithoutField(t *testing.T) error {
	t.Helper()
	kept := malformedField
	t.Cleanup(func() { malformedField = kept })
	var err error
	malformedField, err = fieldOf(reflect.TypeFor[struct{ skipNonUseRoutes int }](), "skipNonUseRoutes")
	return err
}

// FieldError is the error if this version of Fiber has no such field.
func FieldError() error { return errMalformedField }
