package exporterror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// PartialSuccess has the name of the exporters' type but none of its fields.
type PartialSuccess struct{}

func (PartialSuccess) Error() string { return "partial" }

func TestNoRejections(t *testing.T) {
	for _, err := range []error{nil, errors.New("OTLP partial success: quota (3 spans rejected)"), PartialSuccess{}, errors.Join(nil, ErrGivenUp)} {
		if got, ok := RejectionOf(err); ok {
			t.Errorf("%v: got %+v, want none", err, got)
		}
	}
}

// TestErrorIsOneShortLine uses a collector that answers with a page.
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

// TestProxyIsBlamed uses a proxy in front of a collector that cannot be
// reached.
func TestProxyIsBlamed(t *testing.T) {
	// These errors wrap nothing, so only they themselves can be found.
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

// TestLastAttemptIsTheReason uses an export that timed out during an attempt.
func TestLastAttemptIsTheReason(t *testing.T) {
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

// TestNoDestinationExplainsNothing checks exports to the console.
func TestNoDestinationExplainsNothing(t *testing.T) {
	var d *Destination
	broken := errors.New("broken pipe")
	if kind, err := d.Diagnose(broken); kind.ErrorType != "connection_closed" || !errors.Is(broken, err) || !errors.Is(broken, d.Explain(err, kind)) {
		t.Errorf("got %s, %v", kind.ErrorType, err)
	}
	if d.IsTooLarge(nil) || d.IsTooLarge(broken) {
		t.Error("got too large")
	}
}

// TestProxyWithoutAddressIsBlamed uses gRPC's error for a proxy whose address
// cannot be parsed.
func TestProxyWithoutAddressIsBlamed(t *testing.T) {
	err := errors.New("rpc error: code = Unavailable desc = delegating_resolver: unable to build the proxy resolver: dns resolver: missing port after port-separator colon")
	if kind := Classify(err, false); kind.ErrorType != Proxy || !strings.Contains(kind.Advice, "<PROXY>") {
		t.Errorf("got %+v, want the proxy", kind)
	}
}
