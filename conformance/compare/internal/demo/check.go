package demo

import (
	"errors"
	"fmt"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
)

// checkDemoSpans returns an error for everything that is wrong with the received spans.
func checkDemoSpans(spans []otlptest.Span) (problems []error) {
	byTrace := make(map[string][]otlptest.Span)
	for _, s := range spans {
		byTrace[s.TraceID()] = append(byTrace[s.TraceID()], s)
		if path, _ := s.Attributes["url.path"].(string); s.Name() == "excluded_logic" || isExcluded(path) {
			problems = append(problems, fmt.Errorf("demo: %s exported the span %q of an excluded request, want none", s.Service(), s.Name()))
		}
	}
	chains := make(map[any]bool)
	for id, trace := range byTrace {
		if err := checkTree(trace); err != nil {
			problems = append(problems, fmt.Errorf("demo: trace %s is incomplete: %w", id, err))
			continue
		}
		root := rootOf(trace)
		if root.Name() != "GET "+subject.Chain[0].Process {
			continue
		}
		if err := checkChain(root, trace); err != nil {
			problems = append(problems, fmt.Errorf("demo: trace %s has the wrong spans: %w", id, err))
		}
		chains[root.Attributes["url.path"]] = true
	}
	for _, item := range itemIDs {
		if !chains["/process/"+item] {
			problems = append(problems, fmt.Errorf("demo: no trace received for item %s", item))
		}
	}
	for _, name := range []string{"GET /fail/:code", "GET /stream", "background_task"} {
		if !hasRoot(byTrace, name) {
			problems = append(problems, fmt.Errorf("demo: no trace received with the root span %q", name))
		}
	}
	return problems
}

// isExcluded reports whether the services exclude requests for path.
func isExcluded(path string) bool {
	for _, rule := range subject.Exclusions {
		if path == "/"+rule {
			return true
		}
	}
	return false
}

// checkTree returns an error unless the trace has exactly one root span and contains the
// parents of all other spans.
func checkTree(trace []otlptest.Span) error {
	ids := make(map[string]bool, len(trace))
	for _, s := range trace {
		ids[s.SpanID()] = true
	}
	roots := 0
	for _, s := range trace {
		switch parent := s.ParentID(); {
		case parent == "":
			roots++
		case !ids[parent]:
			return fmt.Errorf("the parent span %s of %q (%s) was not received", parent, s.Name(), s.Service())
		}
	}
	if roots != 1 {
		return fmt.Errorf("got %d root spans, want 1", roots)
	}
	return nil
}

// rootOf returns the root span of a trace.
func rootOf(trace []otlptest.Span) otlptest.Span {
	for _, s := range trace {
		if s.ParentID() == "" {
			return s
		}
	}
	return otlptest.Span{}
}

// hasRoot reports whether a trace has a root span with the name.
func hasRoot(byTrace map[string][]otlptest.Span, name string) bool {
	for _, trace := range byTrace {
		if rootOf(trace).Name() == name {
			return true
		}
	}
	return false
}

// checkChain follows a trace from service to service. Each service must have three spans:
// a server span with the framework's route, the span of the work below it, and the span of
// the call to the next service. server is the server span of the first service.
func checkChain(server otlptest.Span, trace []otlptest.Span) error {
	for i, s := range subject.Chain {
		if server.Service() != s.Name || server.Kind() != otlptest.KindServer || server.Name() != "GET "+s.Process {
			return fmt.Errorf("got %s span %q of %s, want the server span %q of %s",
				server.Kind(), server.Name(), server.Service(), "GET "+s.Process, s.Name)
		}
		work, err := onlyChild(trace, server)
		if err != nil {
			return err
		}
		if work.Name() != "process_item_logic" {
			return fmt.Errorf("got %q as the child of the server span of %s, want process_item_logic", work.Name(), s.Name)
		}
		if i == len(subject.Chain)-1 {
			break
		}
		call, err := onlyChild(trace, work)
		if err != nil {
			return err
		}
		if server, err = onlyChild(trace, call); err != nil {
			return err
		}
	}
	if want := 3*len(subject.Chain) - 1; len(trace) != want {
		return fmt.Errorf("got %d spans, want %d", len(trace), want)
	}
	return nil
}

// onlyChild returns the only child of parent. It returns an error if parent has no child or
// more than one.
func onlyChild(trace []otlptest.Span, parent otlptest.Span) (child otlptest.Span, err error) {
	found := 0
	for _, s := range trace {
		if s.ParentID() == parent.SpanID() {
			child = s
			found++
		}
	}
	if found != 1 {
		return child, errors.New("span " + parent.Name() + " of " + parent.Service() + fmt.Sprintf(" has %d children, want 1", found))
	}
	return child, nil
}

// countTraces returns the number of distinct trace ids.
func countTraces(spans []otlptest.Span) int {
	ids := make(map[string]struct{})
	for _, s := range spans {
		ids[s.TraceID()] = struct{}{}
	}
	return len(ids)
}
