package fiberotel

import (
	"reflect"
	"testing"
)

// WithoutField makes the rest of the test run as if the struct fiber.DefaultCtx had no field
// skipNonUseRoutes, or shouldSkipNonUseRoutes since Fiber v3.3, by which the middleware
// recognizes malformed requests. It returns the error that the middleware reports in that case.
func WithoutField(t *testing.T) error {
	t.Helper()
	original := skipNonUseRoutesIndex
	t.Cleanup(func() { skipNonUseRoutesIndex = original })
	var err error
	skipNonUseRoutesIndex, err = skipNonUseRoutesIndexOf(reflect.TypeFor[struct{ skipNonUseRoutes int }]())
	return err
}

// FieldError returns an error if the struct fiber.DefaultCtx of this version of Fiber has no
// such field.
func FieldError() error { return errNoSkipNonUseRoutes }

// FieldErrorOf is like FieldError, for t instead of the struct fiber.DefaultCtx.
func FieldErrorOf(t reflect.Type) error {
	_, err := skipNonUseRoutesIndexOf(t)
	return err
}
