package probe

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance/otlptest"
)

// Attribute records a problem unless the span's attribute is want; nil means
// absent.
func (p *Probe) Attribute(s otlptest.Span, key string, want any) {
	p.Equal(key+" of "+s.Name(), s.Attr(key), want)
}

// Attributes records a problem for each attribute of the exchange's span that
// differs from want; nil means absent.
func (p *Probe) Attributes(x Exchange, s otlptest.Span, want otlptest.Attributes) {
	for key, value := range Sorted(want) {
		p.Equal(key+" of "+x.Label(), s.Attr(key), value)
	}
}

// OfKind returns the spans of a kind.
func OfKind(spans []otlptest.Span, kind otlptest.Kind) []otlptest.Span {
	var found []otlptest.Span
	for _, s := range spans {
		if s.Kind() == kind {
			found = append(found, s)
		}
	}
	return found
}

// Named returns the spans of a name.
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

// Judged checks that status and error.type of a span match the status of the
// response, and that it has no description.
func (p *Probe) Judged(x Exchange, server otlptest.Span) {
	code := x.Response.Status
	status, errorType := otlptest.StatusUnset, any(nil)
	if code >= 500 {
		status, errorType = otlptest.StatusError, fmt.Sprint(code)
	}
	p.Equal("status of the span of "+x.Label(), server.Status(), status)
	p.Equal("description of the status of "+x.Label(), server.StatusMessage(), "")
	p.Attributes(x, server, otlptest.Attributes{"http.response.status_code": int64(code), "error.type": errorType})
}

// Root finds the trace of GET /process/{item} by the child span that has the
// item, and returns its server span if that is a root.
func (p *Probe) Root(item string) (otlptest.Span, bool) {
	for _, child := range p.Receiver().Snapshot().SpansNamed("process_item_logic") {
		if child.Attr("item.id") != item {
			continue
		}
		p.Watch(child.TraceID())
		servers := OfKind(p.Trace(child.TraceID()), otlptest.KindServer)
		if !p.Equal("server spans of a new root's trace", len(servers), 1) {
			return otlptest.Span{}, false
		}
		return servers[0], p.Equal("parent of the server span of a new root", servers[0].ParentID(), "") &&
			p.True(strings.Trim(servers[0].TraceID(), "0") != "" && strings.Trim(servers[0].SpanID(), "0") != "",
				"ids of a new root", servers[0].TraceID()+" "+servers[0].SpanID(), "ids that are not zero")
	}
	return otlptest.Span{}, p.True(false, "span process_item_logic of item "+item, "none", "one")
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
