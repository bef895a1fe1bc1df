package core

import (
	"fmt"
	"reflect"
)

// rejection is a collector's answer to an export that it took, but not as a
// whole (OTLP's partial success): how many items it rejected and why. With no
// item it is a warning.
type rejection struct {
	items   uint64
	message string
}

// rejectionOf finds the answer in the error that an exporter made of it. The
// six exporters have a type for it each, all named PartialSuccess with the same
// fields, in packages of their own that cannot be imported: TestRejections
// holds every one of them against what is expected here.
func rejectionOf(err error) (rejection, bool) {
	switch wrapping := err.(type) { //nolint:errorlint // it looks at every layer itself
	case nil:
		return rejection{}, false
	case interface{ Unwrap() error }:
		return rejectionOf(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, each := range wrapping.Unwrap() {
			if found, ok := rejectionOf(each); ok {
				return found, true
			}
		}
		return rejection{}, false
	}
	value := reflect.ValueOf(err)
	if value.Kind() != reflect.Struct || value.Type().Name() != "PartialSuccess" {
		return rejection{}, false
	}
	items, message := value.FieldByName("RejectedItems"), value.FieldByName("ErrorMessage")
	if items.Kind() != reflect.Int64 || message.Kind() != reflect.String {
		return rejection{}, false
	}
	// A negative number is the collector's mistake, and no loss.
	return rejection{items: uint64(max(items.Int(), 0)), message: message.String()}, true
}

// err tells the rejection; unit is what one item is called.
func (r rejection) err(unit string) error {
	message := r.message
	if message == "" {
		message = "the collector does not say why"
	}
	if r.items == 0 {
		return fmt.Errorf("%s", message)
	}
	return fmt.Errorf("%s rejected: %s", amount(r.items, unit), message)
}
