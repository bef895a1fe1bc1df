package subject

import (
	"regexp"

	"github.com/samespan/samespan/conformance/reference"
)

// wildcardPattern matches the wildcard of a route with braces, such as {path...}.
var wildcardPattern = regexp.MustCompile(`\{(\w+)\.{3}\}`)

// Template converts a route with braces to the framework's form.
func (s Subject) Template(route string) string {
	switch s.Framework {
	case "net/http":
		// Routes of net/http already have braces. Only the route of the file server differs:
		// its pattern is a path prefix, such as /static/.
		return reference.MuxTemplate(route)
	case chiName:
		return wildcardPattern.ReplaceAllString(route, "*")
	case muxName:
		return wildcardPattern.ReplaceAllString(reference.MuxTemplate(route), "{$1:.*}")
	}
	if s.Framework == "Echo" && route == "/static/{filepath...}" {
		return "/static*"
	}
	if s.Framework == "Gin" || s.Framework == "Express" {
		return reference.GinTemplate(route)
	}
	return reference.StarTemplate(route)
}
