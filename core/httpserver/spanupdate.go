package httpserver

import (
	"reflect"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// updateSpanName sets the span's name to the result of the user's hook, or else to the
// name that the semantic conventions define. It keeps a name that a handler has set. If
// the name of the span cannot be read, it is always replaced.
func (x *Exchange) updateSpanName(op *operation, o *Outcome, inner *nestedReport) {
	startName := x.operation.spanName
	currentName := startName
	if spanWithName, ok := x.span.(interface{ Name() string }); ok {
		currentName = spanWithName.Name()
	}
	name := x.spanNameFromHooks(o, inner)
	switch {
	case name == "" && currentName != startName:
		return
	case name == "":
		name = op.spanName
	}
	if name != currentName {
		x.span.SetName(name)
	}
}

// spanNameFromHooks returns the span name that the user's hooks returned, or "".
func (x *Exchange) spanNameFromHooks(o *Outcome, inner *nestedReport) string {
	if name := x.instrumentation.callHook(&x.instrumentation.spanNameRunner, o.SpanName); name != "" {
		return name
	}
	if x.rare != nil && x.rare.earlySpanName != "" {
		return x.rare.earlySpanName
	}
	return inner.spanName
}

// setErrorStatus sets the span's status to Error. If a handler has already set the status to
// Error, setErrorStatus does nothing, to keep the handler's description.
func setErrorStatus(span trace.Span) {
	if !hasErrorStatus(span) {
		span.SetStatus(codes.Error, "")
	}
}

// hasErrorStatus reports whether the span's status is Error, as far as that is known. The
// Status method of the SDK's spans returns a type of the SDK, which this package does not
// import. If a span does not have that method, its status is not known.
func hasErrorStatus(span trace.Span) bool {
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
