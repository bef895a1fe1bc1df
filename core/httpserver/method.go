package httpserver

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/samespan/samespan/core/httpserver/internal/setting"
)

// otherMethod is the http.request.method of an unknown method, and otherName replaces the
// method in the span name.
const (
	otherMethod = "_OTHER"
	otherName   = "HTTP"
)

// defaultKnownMethods is the list in the note on http.request.method in the HTTP semantic
// conventions, v1.43.
var defaultKnownMethods = []string{
	"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
}

// method is a request method as telemetry reports it. There is one value for each known
// method and one for all others, so that clients cannot create new attribute values.
type method struct {
	// index is the index in methods.all.
	index int
	// name is the method in span names.
	name string
	// attribute is http.request.method.
	attribute attribute.KeyValue
	// isBodiless is set if a response to the method never has a body.
	isBodiless bool
}

// methods holds the known methods, and the method that stands for all others.
type methods struct {
	all    []*method
	byName map[string]*method
	// other stands for all methods that are not known.
	other *method
}

// newMethods returns the methods for a list of known methods, or for the default list if known
// is nil.
func newMethods(known []string) (*methods, error) {
	if known == nil {
		known = defaultKnownMethods
	}
	m := &methods{byName: make(map[string]*method, len(known))}
	add := func(name, value string) *method {
		added := &method{
			index:      len(m.all),
			name:       name,
			attribute:  semconv.HTTPRequestMethodKey.String(value),
			isBodiless: value == "HEAD",
		}
		m.all = append(m.all, added)
		return added
	}
	m.other = add(otherName, otherMethod)
	for _, name := range known {
		name = strings.TrimSpace(name)
		if !isToken(name) {
			return nil, setting.Invalid("known method", name, "an HTTP method such as GET")
		}
		if m.byName[name] == nil {
			m.byName[name] = add(name, name)
		}
	}
	return m, nil
}

// lookup returns the method of a request.
func (m *methods) lookup(name string) *method {
	if found, ok := m.byName[name]; ok {
		return found
	}
	return m.other
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2), the syntax of
// methods and header names.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}
