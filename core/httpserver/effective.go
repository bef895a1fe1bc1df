package httpserver

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
)

// LogValue returns the effective configuration, with the environment and the options
// applied: what is excluded, recorded, redacted and trusted. The value is a group of string
// attributes, in which "none" stands for an empty list. The group is empty if e is nil.
func (e *Engine) LogValue() slog.Value {
	if e == nil {
		return slog.GroupValue()
	}
	attributes := []slog.Attr{slog.String("excluded", e.describeExcluded(e.excludeRules))}
	for _, framework := range slices.Sorted(maps.Keys(e.excludeRulesByFramework)) {
		attributes = append(attributes, slog.String("excluded_"+framework, e.describeExcluded(e.excludeRulesByFramework[framework])))
	}
	return slog.GroupValue(append(attributes,
		slog.String("known_methods", joinNames(e.methods.names())),
		slog.String("request_headers", joinNames(headerNames(e.requestHeaders))),
		slog.String("response_headers", joinNames(headerNames(e.responseHeaders))),
		slog.String("redacted_headers", joinNames(e.redactedHeaders.texts())),
		slog.String("query", e.describeQuery()),
		slog.String("routes", e.routeFormat.describe()),
		slog.String("callers", e.describeCallerTrust()),
		slog.String("proxies", joinNames(e.trustedProxies.Names())),
		slog.String("forwarded", describeForwarded(e.trustedProxies.Headers)),
		slog.String("opt_in", e.describeOptIn()),
	)...)
}

// describeExcluded describes which requests are excluded, by rules and by ExcludeFunc.
func (e *Engine) describeExcluded(rules *ruleSet) string {
	text := rules.String()
	switch {
	case e.excludeFunc == nil:
		return orNone(text)
	case text == "":
		return "by a function"
	}
	return text + ", and by a function"
}

// names returns the names of the known methods.
func (m *methods) names() []string {
	names := make([]string, 0, len(m.byName))
	for _, method := range m.all {
		if method != m.other {
			names = append(names, method.name)
		}
	}
	return names
}

// headerNames returns the names of captured headers in lower case.
func headerNames(captured []capturedHeader) []string {
	names := make([]string, len(captured))
	for i, header := range captured {
		names[i] = strings.ToLower(header.name)
	}
	return names
}

// describeQuery describes how queries are recorded.
func (e *Engine) describeQuery() string {
	switch {
	case e.omitQuery:
		return "not recorded"
	case len(e.sensitiveKeys) == 0:
		return "recorded, nothing redacted"
	}
	return "recorded, redacted: " + joinNames(slices.Sorted(maps.Keys(e.sensitiveKeys)))
}

func (f RouteFormat) describe() string {
	if f == RouteBraces {
		return "with braces"
	}
	return "as the framework writes them"
}

// describeCallerTrust describes the requests from which the trace context and baggage are
// accepted.
func (e *Engine) describeCallerTrust() string {
	switch {
	case e.publicEndpoint != nil && e.keepPublicBaggage:
		return "trusted, except at public endpoints, where baggage is kept"
	case e.publicEndpoint != nil:
		return "trusted, except at public endpoints"
	}
	return "trusted"
}

// describeForwarded names the headers that are read from trusted proxies.
func describeForwarded(h forwarded.Headers) string {
	switch h {
	case forwarded.Standard:
		return "Forwarded"
	case forwarded.X:
		return "X-Forwarded-*"
	case forwarded.Either:
	}
	return "Forwarded or X-Forwarded-*"
}

// describeOptIn lists the enabled Opt-In telemetry.
func (e *Engine) describeOptIn() string {
	var names []string
	if e.recordsBodySizes {
		names = append(names, "body sizes")
	}
	if e.recordsActiveRequests {
		names = append(names, "active requests")
	}
	if e.addTraceResponse {
		names = append(names, "response trace context")
	}
	return joinNames(names)
}

func joinNames(names []string) string { return orNone(strings.Join(names, ",")) }

// orNone returns text, or "none" if text is empty.
func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
