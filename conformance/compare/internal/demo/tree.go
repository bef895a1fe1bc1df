package demo

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/internal/tracetree"
)

// toTreeSpans converts received spans to spans of package tracetree.
func toTreeSpans(spans []otlptest.Span) []tracetree.Span {
	converted := make([]tracetree.Span, len(spans))
	for i, s := range spans {
		converted[i] = tracetree.Span{
			TraceID:       s.TraceID(),
			SpanID:        s.SpanID(),
			ParentID:      s.ParentID(),
			Name:          s.Name(),
			Kind:          tracetree.Kind(strings.ToUpper(string(s.Kind()))),
			Service:       s.Service(),
			Scope:         s.Scope.Name,
			Start:         s.Start(),
			End:           s.End(),
			Status:        treeStatuses[s.Status()],
			StatusMessage: s.StatusMessage(),
			Attributes:    toTreeAttributes(s.Attributes),
		}
		for _, e := range s.Events() {
			converted[i].Events = append(converted[i].Events,
				tracetree.Event{Name: e.Name, Time: e.Time, Attributes: toTreeAttributes(e.Attributes)})
		}
		for _, l := range s.Links() {
			converted[i].Links = append(converted[i].Links, tracetree.Link{TraceID: l.TraceID, SpanID: l.SpanID})
		}
	}
	return converted
}

// treeStatuses maps the statuses of received spans to those of package tracetree.
var treeStatuses = map[otlptest.Status]tracetree.Status{
	otlptest.StatusUnset: tracetree.StatusUnset,
	otlptest.StatusOK:    tracetree.StatusOK,
	otlptest.StatusError: tracetree.StatusError,
}

// toTreeAttributes returns the attributes sorted by key, since the received ones are a map.
func toTreeAttributes(from otlptest.Attributes) []tracetree.Attribute {
	list := make([]tracetree.Attribute, 0, len(from))
	for _, key := range slices.Sorted(maps.Keys(from)) {
		list = append(list, tracetree.Attribute{Key: key, Value: fmt.Sprint(from[key])})
	}
	return list
}

// supportsColor reports whether w is a terminal and the user has not disabled colors with
// NO_COLOR.
func supportsColor(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == ""
}
