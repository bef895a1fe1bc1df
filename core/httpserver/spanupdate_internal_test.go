package httpserver

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// fakeSpan is a span without the methods Name and Status of OpenTelemetry's SDK.
type fakeSpan struct {
	trace.Span
	name string
	// code and description are the status that was set.
	code        codes.Code
	description string
}

func (s *fakeSpan) SetName(name string) { s.name = name }
func (s *fakeSpan) SetStatus(code codes.Code, description string) {
	s.code, s.description = code, description
}

// spanWithStatusArgument has a method Status with a parameter.
type spanWithStatusArgument struct{ fakeSpan }

func (*spanWithStatusArgument) Status(string) codes.Code { return codes.Error }

// spanWithOtherStatusType has a method Status that does not return a struct.
type spanWithOtherStatusType struct{ fakeSpan }

func (*spanWithOtherStatusType) Status() codes.Code { return codes.Error }

// spanWithoutStatusCode has a status without the field Code.
type spanWithoutStatusCode struct{ fakeSpan }

func (*spanWithoutStatusCode) Status() struct{ Text string } { return struct{ Text string }{"Error"} }

// spanWithUnexportedStatusCode has a status whose field is not exported.
type spanWithUnexportedStatusCode struct{ fakeSpan }

func (*spanWithUnexportedStatusCode) Status() struct{ code codes.Code } {
	return struct{ code codes.Code }{codes.Error}
}

// spanWithStatusCode has a status with the field Code, like the spans of the SDK.
type spanWithStatusCode struct{ fakeSpan }

func (s *spanWithStatusCode) Status() struct{ Code codes.Code } {
	return struct{ Code codes.Code }{s.code}
}

// TestHasErrorOfAnySpan proves that hasErrorStatus returns true only if a span has a
// readable status with the code Error, and that setErrorStatus does not replace such a
// status.
func TestHasErrorOfAnySpan(t *testing.T) {
	for _, unknown := range []trace.Span{nooptrace.Span{}, &spanWithStatusArgument{}, &spanWithOtherStatusType{}, &spanWithoutStatusCode{}, &spanWithUnexportedStatusCode{}} {
		if hasErrorStatus(unknown) {
			t.Errorf("%T: got an error, want none, since the status is not known", unknown)
		}
	}
	for code, want := range map[codes.Code]bool{codes.Unset: false, codes.Ok: false, codes.Error: true} {
		withStatus := &spanWithStatusCode{fakeSpan{code: code, description: "the handler's"}}
		if got := hasErrorStatus(withStatus); got != want {
			t.Errorf("%v: got %v, want %v", code, got, want)
		}
		setErrorStatus(withStatus)
		if isKept := withStatus.description != ""; withStatus.code != codes.Error || isKept != want {
			t.Errorf("%v: got %v %q", code, withStatus.code, withStatus.description)
		}
	}
}

// TestSpanWithUnreadableNameIsRenamed proves that a span whose name cannot be read is
// always renamed as the semantic conventions define.
func TestSpanWithUnreadableNameIsRenamed(t *testing.T) {
	unreadable := &fakeSpan{name: "GET"}
	x := &Exchange{instrumentation: &Instrumentation{}, span: unreadable, operation: &operation{spanName: "GET"}}
	x.updateSpanName(&operation{spanName: "GET /process/{id}"}, &Outcome{}, &nestedReport{})
	if unreadable.name != "GET /process/{id}" {
		t.Errorf("got name %q, want the one of the conventions", unreadable.name)
	}
}
