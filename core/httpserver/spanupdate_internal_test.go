package httpserver

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// fakeSpan is a span of an SDK with other methods than OpenTelemetry's.
type fakeSpan struct {
	trace.Span
	name string
	code codes.Code
	text string
}

func (s *fakeSpan) SetName(name string)                    { s.name = name }
func (s *fakeSpan) SetStatus(code codes.Code, text string) { s.code, s.text = code, text }

type statusWithArgument struct{ fakeSpan }

func (*statusWithArgument) Status(string) codes.Code { return codes.Error }

type statusOfOtherType struct{ fakeSpan }

func (*statusOfOtherType) Status() codes.Code { return codes.Error }

type statusWithoutCode struct{ fakeSpan }

func (*statusWithoutCode) Status() struct{ Text string } { return struct{ Text string }{"Error"} }

type statusWithUnexportedCode struct{ fakeSpan }

func (*statusWithUnexportedCode) Status() struct{ code codes.Code } {
	return struct{ code codes.Code }{codes.Error}
}

type statusWithCode struct{ fakeSpan }

func (s *statusWithCode) Status() struct{ Code codes.Code } { return struct{ Code codes.Code }{s.code} }

func TestHasErrorOfAnySpan(t *testing.T) {
	for _, unknown := range []trace.Span{nooptrace.Span{}, &statusWithArgument{}, &statusOfOtherType{}, &statusWithoutCode{}, &statusWithUnexportedCode{}} {
		if hasError(unknown) {
			t.Errorf("%T: got an error, want that nothing is known", unknown)
		}
	}
	for code, want := range map[codes.Code]bool{codes.Unset: false, codes.Ok: false, codes.Error: true} {
		known := &statusWithCode{fakeSpan{code: code, text: "the handler's"}}
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
	nameless := &fakeSpan{name: "GET"}
	x := &Exchange{in: &Instrumentation{}, span: nameless, operation: &operation{name: "GET"}}
	x.updateSpanName(&operation{name: "GET /process/{id}"}, &Outcome{}, &nestedReport{})
	if nameless.name != "GET /process/{id}" {
		t.Errorf("got name %q, want the one of the conventions", nameless.name)
	}
}
