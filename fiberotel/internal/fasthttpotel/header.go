package fasthttpotel

import (
	"strings"

	"github.com/valyala/fasthttp"
)

// requestHeader implements httpserver.Header for the header of a request, in which fasthttp
// has made the names of the fields canonical.
type requestHeader fasthttp.RequestHeader

func (h *requestHeader) Get(name string) string {
	return string((*fasthttp.RequestHeader)(h).Peek(name))
}

// RawValues implements received.RawHeader.
func (h *requestHeader) RawValues(name string) [][]byte {
	return (*fasthttp.RequestHeader)(h).PeekAll(name)
}

func (h *requestHeader) Values(name string) []string {
	peeked := (*fasthttp.RequestHeader)(h).PeekAll(name)
	if len(peeked) == 1 && len(peeked[0]) == 0 {
		// For some missing headers, PeekAll also returns one empty value.
		return (*verbatimHeader)(h).Values(name)
	}
	return copyValues(peeked)
}

func (h *requestHeader) Keys() []string {
	return headerNames((*fasthttp.RequestHeader)(h).VisitAll)
}

// verbatimHeader implements httpserver.Header for the header of a request, in which the
// names of the fields are as the client sent them.
type verbatimHeader fasthttp.RequestHeader

func (h *verbatimHeader) Get(name string) string {
	if found := h.Values(name); len(found) > 0 {
		return found[0]
	}
	return ""
}

func (h *verbatimHeader) Values(name string) (found []string) {
	(*fasthttp.RequestHeader)(h).VisitAll(func(key, value []byte) {
		if strings.EqualFold(string(key), name) {
			found = append(found, string(value))
		}
	})
	return found
}

func (h *verbatimHeader) Keys() []string {
	return headerNames((*fasthttp.RequestHeader)(h).VisitAll)
}

// requestField returns the first value of a field of a request, or "". Unlike Peek, it
// ignores the case of the name even if the names of fields are as the client sent them.
func requestField(header *fasthttp.RequestHeader, name string) string {
	return (*verbatimHeader)(header).Get(name)
}

// responseHeader implements httpserver.Header for the header of a response. It ignores the
// case of names, since an app may keep the names of fields as handlers set them.
type responseHeader fasthttp.ResponseHeader

func (h *responseHeader) Get(name string) string {
	if found := h.Values(name); len(found) > 0 {
		return found[0]
	}
	return ""
}

// Values does not use PeekAll, which compares names exactly if the app keeps them, and
// returns all cookies joined in one value.
func (h *responseHeader) Values(name string) (found []string) {
	(*fasthttp.ResponseHeader)(h).VisitAll(func(key, value []byte) {
		if strings.EqualFold(string(key), name) {
			found = append(found, string(value))
		}
	})
	return found
}

func (h *responseHeader) Keys() []string {
	return headerNames((*fasthttp.ResponseHeader)(h).VisitAll)
}

// sentHeader implements httpserver.Header for the header of a response that was sent. Get and
// Values read the lines that fasthttp has sent. Keys may also return trailers, and the default
// Content-Type of a response without a body.
type sentHeader fasthttp.ResponseHeader

func (h *sentHeader) Get(name string) string {
	if found := h.Values(name); len(found) > 0 {
		return found[0]
	}
	return ""
}

func (h *sentHeader) Values(name string) (found []string) {
	for line := range strings.Lines(string((*fasthttp.ResponseHeader)(h).Header())) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			found = append(found, strings.TrimSpace(value))
		}
	}
	return found
}

func (h *sentHeader) Keys() []string { return (*responseHeader)(h).Keys() }

// copyValues returns a copy of the result of PeekAll, which the next call of PeekAll
// overwrites.
func copyValues(peeked [][]byte) []string {
	if len(peeked) == 0 {
		return nil
	}
	found := make([]string, len(peeked))
	for i, value := range peeked {
		found[i] = string(value)
	}
	return found
}

// headerNames returns the names of a header's fields, each of them once. visit is the
// header's VisitAll.
func headerNames(visit func(func(key, value []byte))) (names []string) {
	seen := make(map[string]struct{})
	visit(func(key, _ []byte) {
		if _, ok := seen[string(key)]; !ok {
			name := string(key)
			seen[name] = struct{}{}
			names = append(names, name)
		}
	})
	return names
}
