package httpserver

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// span is a span of an SDK with other methods than OpenTelemetry's.
type span struct {
	trace.Span
	name string
	code codes.Code
	text string
}

func (s *span) SetName(name string)                    { s.name = name }
func (s *span) SetStatus(code codes.Code, text string) { s.code, s.text = code, text }

type statusWithArgument struct{ span }

func (*statusWithArgument) Status(string) codes.Code { return codes.Error }

type statusOfAnotherKind struct{ span }

func (*statusOfAnotherKind) Status() codes.Code { return codes.Error }

type statusWithoutCode struct{ span }

func (*statusWithoutCode) Status() struct{ Text string } { return struct{ Text string }{"Error"} }

type statusHidden struct{ span }

func (*statusHidden) Status() struct{ code codes.Code } {
	return struct{ code codes.Code }{codes.Error}
}

type statusKnown struct{ span }

func (s *statusKnown) Status() struct{ Code codes.Code } { return struct{ Code codes.Code }{s.code} }

func TestHasErrorOfAnySpan(t *testing.T) {
	for _, unknown := range []trace.Span{nooptrace.Span{}, &statusWithArgument{}, &statusOfAnotherKind{}, &statusWithoutCode{}, &statusHidden{}} {
		if hasError(unknown) {
			t.Errorf("%T: got an error, want that nothing is known", unknown)
		}
	}
	for code, want := range map[codes.Code]bool{codes.Unset: false, codes.Ok: false, codes.Error: true} {
		known := &statusKnown{span{code: code, text: "the handler's"}}
		if got := hasError(known); got != want {
			t.Errorf("%v: got %v, want %v", code, got, want)
		}
		setError(known)
		if kept := known.text != ""; known.code != codes.Error || kept != want {
			t.Errorf("%v: got %v %q", code, known.code, known.text)
		}
	}
}

// TestRenameOfASpanThatHasNoName proves that it gets the name of the
// conventions.
func TestRenameOfASpanThatHasNoName(t *testing.T) {
	nameless := &span{name: "GET"}
	x := &Exchange{in: &Instrumentation{}, span: nameless, operation: &operation{name: "GET"}}
	x.updateSpanName(&operation{name: "GET /process/{id}"}, &Outcome{}, &nestedReport{})
	if nameless.name != "GET /process/{id}" {
		t.Errorf("got name %q, want the one of the conventions", nameless.name)
	}
}
