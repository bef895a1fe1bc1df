package exporterror

import (
	"fmt"
	"reflect"

	"github.com/samespan/samespan/core/internal/plural"
)

// Rejection is a collector's answer to an export that it took, but not as a
// whole (OTLP's partial success): how many items it rejected and why. With no
// item it is a warning.
type Rejection struct {
	Items   uint64
	Message string
}

// RejectionOf finds the answer in the error that an exporter made of it. The
// six exporters have a type for it each, all named PartialSuccess with the same
// fields, in packages of their own that cannot be imported: TestRejections
// holds every one of them against what is expected here.
func RejectionOf(err error) (Rejection, bool) {
	switch wrapping := err.(type) { //nolint:errorlint // it looks at every layer itself
	case nil:
		return Rejection{}, false
	case interface{ Unwrap() error }:
		return RejectionOf(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, each := range wrapping.Unwrap() {
			if found, ok := RejectionOf(each); ok {
				return found, true
			}
		}
		return Rejection{}, false
	}
	value := reflect.ValueOf(err)
	if value.Kind() != reflect.Struct || value.Type().Name() != "PartialSuccess" {
		return Rejection{}, false
	}
	items, message := value.FieldByName("RejectedItems"), value.FieldByName("ErrorMessage")
	if items.Kind() != reflect.Int64 || message.Kind() != reflect.String {
		return Rejection{}, false
	}
	// A negative number is the collector's mistake, and no loss.
	return Rejection{Items: uint64(max(items.Int(), 0)), Message: message.String()}, true
}

// Err says what was rejected and why; unit is what one item is called.
func (r Rejection) Err(unit string) error {
	message := r.Message
	if message == "" {
		message = "the collector does not say why"
	}
	if r.Items == 0 {
		return fmt.Errorf("%s", message)
	}
	return fmt.Errorf("%s rejected: %s", plural.Count(r.Items, unit), message)
}
