package exporterror

import (
	"fmt"
	"strings"
)

// Destination is the collector that a signal is exported to. Exporters other than OTLP
// have a nil *Destination: no explanation is added to their errors.
type Destination struct {
	// Collector is the name of the collector in messages.
	Collector string
	// Secure reports whether the connection uses TLS.
	Secure bool
	// Proxied reports whether a proxy is used.
	Proxied func() bool
	// Advise replaces the placeholders in the advice of a [Kind] with the names of
	// variables.
	Advise func(advice string) string
	// Attempts stores why the last attempt of the current or previous export failed.
	Attempts Attempts
}

// kindOf returns the kind of an error. If a proxy is used, a failure to connect is
// attributed to the proxy.
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

// Diagnose returns the kind of an export's error, and the error itself. If the error does
// not contain the reason why the last attempt failed, Diagnose adds that reason.
func (d *Destination) Diagnose(err error) (Kind, error) {
	kind := d.kindOf(err)
	if d == nil {
		return kind, err
	}
	lastAttemptErr := d.Attempts.lastError()
	if lastAttemptErr == nil || strings.Contains(err.Error(), lastAttemptErr.Error()) {
		return kind, err
	}
	if known := d.kindOf(lastAttemptErr); known.ErrorType != Other {
		kind = known
	}
	return kind, fmt.Errorf("%w; the last attempt: %w", err, lastAttemptErr)
}

// DiagnoseRejection returns the kind of a partial success with rejected items.
func (d *Destination) DiagnoseRejection(r Rejection) Kind {
	kind := Kind{ErrorType: Rejected}
	if messageKind := d.kindOf(messageError(r.Message)); messageKind.ErrorType == Temporality {
		kind.Advice = messageKind.Advice
	}
	return kind
}

// IsTooLarge reports whether an export failed because the collector, or a proxy
// in front of it, does not accept messages of that size.
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

// messageError is the message of a partial success as an error.
type messageError string

func (e messageError) Error() string { return string(e) }
