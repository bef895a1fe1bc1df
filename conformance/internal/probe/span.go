package probe

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Attribute records a problem unless the span's attribute equals want; nil means that the
// attribute must be absent.
func (p *Probe) Attribute(s otlptest.Span, key string, want any) {
	p.Equal(key+" of "+s.Name(), s.Attr(key), want)
}

// Attributes records a problem for each attribute of the exchange's span that differs
// from want; nil means that the attribute must be absent.
func (p *Probe) Attributes(x Exchange, s otlptest.Span, want otlptest.Attributes) {
	for key, value := range Sorted(want) {
		p.Equal(key+" of "+x.Label(), s.Attr(key), value)
	}
}

// OfKind returns the spans that have the given kind.
func OfKind(spans []otlptest.Span, kind otlptest.Kind) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Kind() == kind {
			found = append(found, s)
		}
	}
	return found
}

// Named returns the spans that have the given name.
func Named(spans []otlptest.Span, name string) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

// Names returns the names of spans.
func Names(spans []otlptest.Span) []string {
	list := make([]string, len(spans))
	for i, s := range spans {
		list[i] = s.Name()
	}
	return list
}

// Judged checks how the span records the response's status. For a status code of 500 or
// above, the span must have the status ERROR and an error.type, otherwise the status UNSET.
// The status must have no description. The value of error.type is free: the conventions let
// an instrumentation choose between the status code, the type of an exception and a name of
// its own.
func (p *Probe) Judged(x Exchange, server otlptest.Span) {
	code := x.Response.Status
	status := otlptest.StatusUnset
	if code >= 500 {
		status = otlptest.StatusError
		p.HasErrorType(x, server)
	}
	p.Equal("status of the span of "+x.Label(), server.Status(), status)
	p.Equal("status description of the span of "+x.Label(), server.StatusMessage(), "")
	p.Attributes(x, server, otlptest.Attributes{"http.response.status_code": int64(code)})
}

// HasErrorType records a problem unless the span has an error.type that is a string.
func (p *Probe) HasErrorType(x Exchange, server otlptest.Span) {
	text, _ := server.Attr("error.type").(string)
	p.True(text != "", "error.type of "+x.Label(), Show(server.Attr("error.type")),
		fmt.Sprintf("%q, an exception type, or another error name", fmt.Sprint(x.Response.Status)))
}

// OmitsPanicMessage records a problem if errorType, the error.type of GET /panic, contains the
// message of the panic. error.type must have a low cardinality, and messages do not.
func (p *Probe) OmitsPanicMessage(what string, errorType any) {
	text, _ := errorType.(string)
	p.True(!strings.Contains(text, contract.PanicMessage), what, Show(text), "the type of the exception, the status code or another name, but not the message")
}

// Describe identifies a span in a problem.
func Describe(s otlptest.Span) string {
	return fmt.Sprintf("%q (%v, span %s)", s.Name(), s.Kind(), s.SpanID())
}

// IsChildOfCaller records a problem unless the span's parent is the caller's span. given,
// if not "", describes the request in the problem.
func (p *Probe) IsChildOfCaller(x Exchange, server otlptest.Span, given string) bool {
	what := "parent of " + Describe(server)
	if given != "" {
		what += ", " + given
	}
	return p.True(server.ParentID() == x.SpanID, what, p.describeParent(server), "the caller's span "+x.SpanID)
}

// describeParent describes the parent of a span.
func (p *Probe) describeParent(s otlptest.Span) string {
	if s.ParentID() == "" {
		return "none: it is a root span"
	}
	for _, parent := range p.Trace(s.TraceID()) {
		if parent.SpanID() == s.ParentID() {
			return Describe(parent)
		}
	}
	return "span " + s.ParentID() + ", which was not received"
}

// Root returns the server span of GET /process/{item}. It finds the span by the trace of the
// child span with the item's id or, if that trace has no server span, by the path. It waits
// for late spans. It records a problem, and returns false, unless the server span is a root
// span with valid ids.
func (p *Probe) Root(item string) (otlptest.Span, bool) {
	var child otlptest.Span
	var servers []otlptest.Span
	ctx, cancel := context.WithTimeout(p.ctx, Lateness)
	defer cancel()
	_ = p.instance.Collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		children := s.SpansNamed("process_item_logic")
		i := slices.IndexFunc(children, func(s otlptest.Span) bool { return s.Attr("item.id") == item })
		if i < 0 {
			return false
		}
		child = children[i]
		servers = OfKind(p.Trace(child.TraceID()), otlptest.KindServer)
		if len(servers) == 0 {
			// The child has lost its parent, which the check parent/child reports.
			servers = p.serverSpansOfPath("/process/" + item)
		}
		return len(servers) > 0
	})
	if child.Proto == nil {
		return otlptest.Span{}, p.True(false, "spans process_item_logic with the item.id "+item, "none", "1")
	}
	p.Watch(child.TraceID())
	if !p.Equal("server spans in the new trace of GET /process/"+item, len(servers), 1) {
		return otlptest.Span{}, false
	}
	return servers[0], p.True(servers[0].ParentID() == "", "parent of "+Describe(servers[0])+", which must be a root span", p.describeParent(servers[0]), "none") &&
		p.True(strings.Trim(servers[0].TraceID(), "0") != "" && strings.Trim(servers[0].SpanID(), "0") != "",
			"trace id and span id of a root span", servers[0].TraceID()+" "+servers[0].SpanID(), "ids that are not all zeros")
}

// serverSpansOfPath returns the server spans of requests for the path, in any trace.
func (p *Probe) serverSpansOfPath(path string) []otlptest.Span {
	return slices.DeleteFunc(OfKind(p.Receiver().Spans(), otlptest.KindServer), func(s otlptest.Span) bool {
		return s.Attr("url.path") != path && s.Attr("http.target") != path
	})
}

// Sorted iterates over a map in the order of its keys, so that problems are
// always listed in the same order.
func Sorted[K cmp.Ordered, V any, M ~map[K]V](m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
