package exporterror

import (
	"fmt"
	"reflect"

	"github.com/samespan/samespan/core/internal/plural"
)

// Rejection is a partial success of OTLP: how many items the collector rejected, and why.
// If Items is 0, it is a warning.
type Rejection struct {
	Items   uint64
	Message string
}

// RejectionOf finds the partial success in an exporter's error. If the error joins the
// errors of several exports, RejectionOf returns the sum of their partial successes. Each
// of the six exporters defines its own type named PartialSuccess in an internal package,
// with the same fields. TestRejectedItemsCountAsFailed of package core checks all of
// these types with this function.
func RejectionOf(err error) (total Rejection, found bool) {
	switch wrapping := err.(type) { //nolint:errorlint // it looks at every layer itself
	case nil:
		return Rejection{}, false
	case interface{ Unwrap() error }:
		return RejectionOf(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, wrapped := range wrapping.Unwrap() {
			if r, ok := RejectionOf(wrapped); ok {
				total = total.add(r)
				found = true
			}
		}
		return total, found
	}
	value := reflect.ValueOf(err)
	if value.Kind() != reflect.Struct || value.Type().Name() != "PartialSuccess" {
		return Rejection{}, false
	}
	items, message := value.FieldByName("RejectedItems"), value.FieldByName("ErrorMessage")
	if items.Kind() != reflect.Int64 || message.Kind() != reflect.String {
		return Rejection{}, false
	}
	// A negative number is a bug of the collector, and nothing was lost.
	return Rejection{Items: uint64(max(items.Int(), 0)), Message: message.String()}, true
}

// add returns a rejection with the items of r and other together, and the messages of
// both.
func (r Rejection) add(other Rejection) Rejection {
	r.Items += other.Items
	switch {
	case r.Message == "":
		r.Message = other.Message
	case other.Message != "" && other.Message != r.Message:
		r.Message += "; " + other.Message
	}
	return r
}

// Err returns an error that says what was rejected and why. unit names what the collector
// counts, such as "data point".
func (r Rejection) Err(unit string) error {
	message := r.Message
	if message == "" {
		message = "the collector gives no reason"
	}
	if r.Items == 0 {
		return fmt.Errorf("%s", message)
	}
	return fmt.Errorf("%s rejected: %s", plural.Count(r.Items, unit), message)
}
