package mutant

import tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

var parentMutants = []Mutant{
	{
		Name: "takes-the-caller-for-local", Breaks: []string{"parent/remote"},
		Traces: serverSpans(func(s *tracepb.Span) { s.Flags = uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK) }),
	},
}
