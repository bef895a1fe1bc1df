package main

import (
	"fmt"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// checkSpans returns an error that describes what is wrong with the received spans. server
// and child are the names of the two expected spans.
func (n tutorialRun) checkSpans(spans []otlptest.Span, server, child string) error {
	var problems []string
	wrong := func(what string, got, want any) {
		if got != want {
			problems = append(problems, fmt.Sprintf("%s: got %v, want %v", what, got, want))
		}
	}
	wrong("spans", len(spans), 2)
	byName := make(map[string]otlptest.Span)
	for _, span := range spans {
		byName[span.Name()] = span
		wrong("service.name of "+span.Name(), span.Service(), "orders")
	}
	outer, inner := byName[server], byName[child]
	wrong("received a span "+server, outer.Proto != nil, true)
	wrong("received a span "+child, inner.Proto != nil, true)
	if len(problems) == 0 {
		wrong("kind of "+server, outer.Kind(), otlptest.KindServer)
		wrong("kind of "+child, inner.Kind(), otlptest.KindInternal)
		wrong("parent of "+server, outer.ParentID(), "")
		wrong("parent of "+child, inner.ParentID(), outer.SpanID())
		wrong("trace of "+child, inner.TraceID(), outer.TraceID())
		wrong("scope of "+server, outer.Scope.Name, n.adapter)
		wrong("scope version of "+server, "v"+outer.Scope.Version, n.version)
	}
	if problems == nil {
		return nil
	}
	return fmt.Errorf("%s\nreceived: %v", strings.Join(problems, "\n"), spans)
}
