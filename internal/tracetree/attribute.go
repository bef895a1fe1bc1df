package tracetree

import (
	"slices"
	"strings"
)

// detailAttributes are the attributes of OpenTelemetry's conventions that are printed, in
// print order. Each says something about the call that the span's name does not say.
var detailAttributes = []string{
	"error.type",
	"url.full",
	"db.system.name", "db.query.summary",
	"rpc.method",
	"messaging.destination.name",
}

// conventionNamespaces are the namespaces of OpenTelemetry's conventions. Attributes in
// other namespaces are the application's own.
var conventionNamespaces = []string{
	"http.", "url.", "network.", "server.", "client.", "user_agent.", "error.", "exception.",
	"db.", "rpc.", "messaging.", "code.", "thread.", "process.", "host.", "os.", "net.", "otel.",
}

// printedAttributes returns the attributes of span to print. If all is set, it returns all
// attributes. Otherwise it omits the attributes of OpenTelemetry's conventions except
// detailAttributes.
func printedAttributes(span *Span, all bool) []Attribute {
	if all {
		return span.Attributes
	}
	var list []Attribute
	for _, key := range detailAttributes {
		value := span.attribute(key)
		// error.type often equals the status code, which is already printed.
		if value == "" || key == "error.type" && value == httpStatus(span) {
			continue
		}
		list = append(list, Attribute{Key: key, Value: value})
	}
	for _, a := range span.Attributes {
		if !slices.ContainsFunc(conventionNamespaces, func(prefix string) bool { return strings.HasPrefix(a.Key, prefix) }) {
			list = append(list, a)
		}
	}
	return list
}

// httpStatus returns the HTTP status code of a span, or "".
func httpStatus(span *Span) string { return span.attribute("http.response.status_code") }
