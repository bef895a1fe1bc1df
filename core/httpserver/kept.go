package httpserver

import (
	"reflect"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// rename gives the span the name that the user's hook says, or else the one of
// the conventions, unless a handler has given it another one than it started
// with. A span that does not tell its name is renamed.
func (x *Exchange) rename(op *operation, o *Outcome, inner *report) {
	started := x.operation.name
	current := started
	if named, ok := x.span.(interface{ Name() string }); ok {
		current = named.Name()
	}
	name := x.hookName(o, inner)
	switch {
	case name == "" && current != started:
		return
	case name == "":
		name = op.name
	}
	if name != current {
		x.span.SetName(name)
	}
}

// hookName returns the name that the user's hooks say, "" for none.
func (x *Exchange) hookName(o *Outcome, inner *report) string {
	if name := x.in.said(&x.in.nameHook, o.SpanName); name != "" {
		return name
	}
	if x.early.name != "" {
		return x.early.name
	}
	return inner.name
}

// setError sets the span's status to Error, unless a handler has already, whose
// description would be lost.
func setError(span trace.Span) {
	if !hasError(span) {
		span.SetStatus(codes.Error, "")
	}
}

// hasError tells whether a span says that its status is Error. The spans of the
// SDK have a method Status whose result is a type of the SDK's, which this
// package does not import. Of a span that has none, nothing is known.
func hasError(span trace.Span) bool {
	method := reflect.ValueOf(span).MethodByName("Status")
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 {
		return false
	}
	status := method.Call(nil)[0]
	if status.Kind() != reflect.Struct {
		return false
	}
	code := status.FieldByName("Code")
	if !code.IsValid() || !code.CanInterface() {
		return false
	}
	return code.Interface() == codes.Error
}
