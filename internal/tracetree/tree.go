package tracetree

import (
	"cmp"
	"slices"
	"time"
)

// node is a span with its children.
type node struct {
	*Span
	children []*node
	// isOrphan is set if the parent of the span was not passed to Write.
	isOrphan bool
}

// trace is one trace. It is a single tree if it is complete, and several trees if parents
// are missing.
type trace struct {
	id        string
	roots     []*node
	spanCount int
	// start is the earliest start time of the spans, and end is the latest end time.
	start time.Time
	end   time.Time
}

// groupByTrace groups spans by trace. The traces are in the order of their start.
func groupByTrace(spans []Span) []*trace {
	byID := make(map[string]*trace)
	nodes := make(map[string][]*node)
	var traces []*trace
	for i := range spans {
		span := &spans[i]
		t, ok := byID[span.TraceID]
		if !ok {
			t = &trace{id: span.TraceID, start: span.Start, end: span.End}
			byID[span.TraceID] = t
			traces = append(traces, t)
		}
		t.spanCount++
		if span.Start.Before(t.start) {
			t.start = span.Start
		}
		if span.End.After(t.end) {
			t.end = span.End
		}
		nodes[span.TraceID] = append(nodes[span.TraceID], &node{Span: span})
	}
	for _, t := range traces {
		t.buildTrees(nodes[t.id])
	}
	slices.SortStableFunc(traces, func(a, b *trace) int { return a.start.Compare(b.start) })
	return traces
}

// buildTrees links each node to its children and sets the roots of the trace.
func (t *trace) buildTrees(nodes []*node) {
	byID := make(map[string]*node, len(nodes))
	for _, n := range nodes {
		if _, seen := byID[n.SpanID]; !seen {
			byID[n.SpanID] = n
		}
	}
	for _, n := range nodes {
		parent := byID[n.ParentID]
		switch {
		case n.ParentID == "":
			t.roots = append(t.roots, n)
		case parent == nil || parent == n:
			n.isOrphan = true
			t.roots = append(t.roots, n)
		default:
			parent.children = append(parent.children, n)
		}
	}
	reached := make(map[*node]bool, len(nodes))
	for _, root := range t.roots {
		markReachable(root, reached)
	}
	// If a node cannot be reached from a root, its chain of parents is a cycle. Only a
	// broken or malicious sender creates a cycle. The cycle is cut at its first span.
	for _, n := range nodes {
		if reached[n] {
			continue
		}
		parent := byID[n.ParentID]
		parent.children = slices.DeleteFunc(parent.children, func(child *node) bool { return child == n })
		n.isOrphan = true
		t.roots = append(t.roots, n)
		markReachable(n, reached)
	}
	for _, n := range nodes {
		sortByStart(n.children)
	}
	sortByStart(t.roots)
}

// markReachable adds n and all nodes below it to reached.
func markReachable(n *node, reached map[*node]bool) {
	pending := []*node{n}
	for len(pending) > 0 {
		n = pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if !reached[n] {
			reached[n] = true
			pending = append(pending, n.children...)
		}
	}
}

// sortByStart sorts nodes by start time. Of nodes with the same start time, the longest is
// first.
func sortByStart(nodes []*node) {
	slices.SortStableFunc(nodes, func(a, b *node) int {
		return cmp.Or(a.Start.Compare(b.Start), b.End.Compare(a.End))
	})
}
