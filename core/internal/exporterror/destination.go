package exporterror

import (
	"fmt"
	"strings"
)

// Destination is the collector that a signal is exported to. A nil Destination
// is another kind of export, such as the console, which explains nothing.
type Destination struct {
	// Collector names it in messages.
	Collector string
	// Secure says that the connection speaks TLS.
	Secure bool
	// Proxied reports whether a proxy leads to it.
	Proxied func() bool
	// Advise puts the names of variables into the advice of a [Kind].
	Advise func(advice string) string
	// Attempts are those of the export under way, or of the last one.
	Attempts Attempts
}

// kindOf returns the kind of an error. Where a proxy leads to the collector, it
// is the proxy that a connection could not be made to.
func (d *Destination) kindOf(err error) Kind {
	if d == nil {
		return Classify(err, false)
	}
	kind := Classify(err, d.Secure)
	switch kind.ErrorType {
	case Refused, Unreachable, NoName:
		if d.Proxied() {
			return proxyPattern.kind()
		}
	}
	return kind
}

// Diagnose returns the kind of an export's error, and the error with the reason
// of the last attempt where it does not have that itself.
func (d *Destination) Diagnose(err error) (Kind, error) {
	kind := d.kindOf(err)
	if d == nil {
		return kind, err
	}
	last := d.Attempts.reason()
	if last == nil || strings.Contains(err.Error(), last.Error()) {
		return kind, err
	}
	if known := d.kindOf(last); known.ErrorType != Other {
		kind = known
	}
	return kind, fmt.Errorf("%w; the last attempt: %w", err, last)
}

// DiagnoseRejection returns the kind of a rejection.
func (d *Destination) DiagnoseRejection(r Rejection) Kind {
	kind := Kind{ErrorType: Rejected}
	if why := d.kindOf(errorText(r.Message)); why.ErrorType == Temporality {
		kind.Advice = why.Advice
	}
	return kind
}

// IsTooLarge reports whether an export has failed because the collector, or what
// is in front of it, takes no message of that size.
func (d *Destination) IsTooLarge(err error) bool {
	if err == nil {
		return false
	}
	if _, partial := RejectionOf(err); partial {
		return false
	}
	kind, _ := d.Diagnose(err)
	return kind.ErrorType == TooLarge
}

// Explain returns err with the collector's address and the kind's advice.
func (d *Destination) Explain(err error, kind Kind) error {
	if d == nil {
		return err
	}
	return &Error{Collector: d.Collector, Err: err, Advice: d.Advise(kind.Advice)}
}

type errorText string

func (e errorText) Error() string { return string(e) }
