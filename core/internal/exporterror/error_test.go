package exporterror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// PartialSuccess has the name of the exporters' error type, but none of its fields.
type PartialSuccess struct{}

func (PartialSuccess) Error() string { return "partial" }

// TestRejectionOfIgnoresOtherErrors proves that RejectionOf finds a rejection only in a
// PartialSuccess of an exporter, not in an error with the same text or another type of the
// same name.
func TestRejectionOfIgnoresOtherErrors(t *testing.T) {
	for _, err := range []error{nil, errors.New("OTLP partial success: quota (3 spans rejected)"), PartialSuccess{}, errors.Join(nil, ErrGivenUp)} {
		if got, ok := RejectionOf(err); ok {
			t.Errorf("%v: got %+v, want none", err, got)
		}
	}
}

// TestErrorIsOneShortLine proves that an error fits into one short line of a log even if
// a proxy answers with a whole page.
func TestErrorIsOneShortLine(t *testing.T) {
	err := &Error{Collector: "collector:4318", Err: errors.New(strings.Repeat("<p>\nproxy é\n", 10_000)), Advice: "look there"}
	text := err.Error()
	if len(text) > maxErrorText+100 || strings.Contains(text, "\n") || !strings.HasPrefix(text, "collector:4318: <p> proxy") || !strings.HasSuffix(text, "… (look there)") {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
	if !errors.Is(err, err.Err) {
		t.Error("the cause is hidden")
	}
	if got := fmt.Sprint(err); got != text {
		t.Errorf("got %q", got)
	}
}

// TestConnectFailureIsAttributedToProxy proves that a failure to connect is attributed to
// the proxy if one is used, and to the collector otherwise.
func TestConnectFailureIsAttributedToProxy(t *testing.T) {
	// The test expects this error itself, without an added reason. The arguments of
	// errors.Is are swapped on purpose: errors.Is(err, refused) would also accept an
	// error that wraps it.
	refused := errors.New("dial tcp 192.0.2.1:4318: connect: connection refused")
	for _, proxied := range []bool{false, true} {
		d := &Destination{Collector: "collector:4318", Proxied: func() bool { return proxied }, Advise: strings.ToUpper}
		want := Refused
		if proxied {
			want = Proxy
		}
		if kind, err := d.Diagnose(refused); kind.ErrorType != want || !errors.Is(refused, err) {
			t.Errorf("proxied %v: got %s, %v, want %s", proxied, kind.ErrorType, err, want)
		}
	}
}

// TestTimeoutIncludesReasonOfLastAttempt proves that the error of an export that timed
// out includes the reason why its last attempt failed.
func TestTimeoutIncludesReasonOfLastAttempt(t *testing.T) {
	d := &Destination{Collector: "collector:4318", Proxied: func() bool { return false }, Advise: strings.ToUpper}
	timeout := errors.New("context deadline exceeded")
	d.Attempts.Begin()
	d.Attempts.Failed(t.Context(), errors.New("no such host"))
	kind, err := d.Diagnose(timeout)
	if kind.ErrorType != NoName || !errors.Is(err, timeout) || !strings.Contains(err.Error(), "the last attempt: no such host") {
		t.Errorf("got %s, %v", kind.ErrorType, err)
	}
	d.Attempts.Begin()
	if kind, err := d.Diagnose(timeout); kind.ErrorType != Timeout || !errors.Is(timeout, err) {
		t.Errorf("got %s, %v of an export without a failed attempt", kind.ErrorType, err)
	}
}

// TestErrorWithoutDestinationIsUnchanged proves that errors of exporters other than OTLP,
// which have no Destination, are classified but not changed.
func TestErrorWithoutDestinationIsUnchanged(t *testing.T) {
	var d *Destination
	broken := errors.New("broken pipe")
	if kind, err := d.Diagnose(broken); kind.ErrorType != "connection_closed" || !errors.Is(broken, err) || !errors.Is(broken, d.Explain(err, kind)) {
		t.Errorf("got %s, %v", kind.ErrorType, err)
	}
	if d.IsTooLarge(nil) || d.IsTooLarge(broken) {
		t.Error("got too large")
	}
}

// TestInvalidProxyAddressIsAttributedToProxy proves that gRPC's error about a proxy
// address that it cannot parse is attributed to the proxy.
func TestInvalidProxyAddressIsAttributedToProxy(t *testing.T) {
	err := errors.New("rpc error: code = Unavailable desc = delegating_resolver: unable to build the proxy resolver: dns resolver: missing port after port-separator colon")
	if kind := Classify(err, false); kind.ErrorType != Proxy || !strings.Contains(kind.Advice, "<PROXY>") {
		t.Errorf("got %+v, want the proxy", kind)
	}
}
