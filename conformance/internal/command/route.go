package command

import (
	"fmt"
	"regexp"
	"strings"
)

// routeForm describes how a framework writes routes.
type routeForm struct {
	// prefix replaces the leading slash, and suffix is appended.
	prefix, suffix string
	// before and after enclose the name of a parameter.
	before, after string
	// wildcard is the framework's form of {path...}; "" means the form of a parameter.
	wildcard string
}

// noRoutes is the value of --routes for a framework without routes.
const noRoutes = "none"

// exampleRoutePattern matches the value of --routes, which is the route /process/{item_id} in the
// syntax of the framework.
var exampleRoutePattern = regexp.MustCompile(`^(\^?/?)process/(\S*)item_id(.*)$`)

// closingBrackets maps the opening bracket of a parameter to the closing one.
var closingBrackets = map[byte]string{'{': "}", '<': ">", '(': ")"}

// parseRouteForm derives the form from two example routes: one with a parameter, and one
// with a wildcard, which may be "".
func parseRouteForm(parameter, wildcard string) (routeForm, error) {
	found := exampleRoutePattern.FindStringSubmatch(parameter)
	if found == nil {
		return routeForm{}, fmt.Errorf("--routes: got %q, want /process/{item_id} in the syntax of the framework, such as /process/:item_id or process/<str:item_id>, or none", parameter)
	}
	form := routeForm{prefix: found[1], before: found[2], suffix: found[3]}
	if at := strings.IndexAny(form.before, "{<("); at >= 0 {
		end := closingBrackets[form.before[at]]
		inside, rest, ok := strings.Cut(form.suffix, end)
		if !ok {
			return routeForm{}, fmt.Errorf("--routes: got %q, want a %s after item_id", parameter, end)
		}
		form.after, form.suffix = inside+end, rest
	}
	if wildcard != "" {
		var ok bool
		if form.wildcard, ok = strings.CutPrefix(strings.TrimPrefix(wildcard, "/"), "files/"); !ok || form.wildcard == "" {
			return routeForm{}, fmt.Errorf("--wildcards: got %q, want a route such as /files/*path", wildcard)
		}
	} else if parameter == "/process/{item_id}" {
		form.wildcard = "{path...}"
	}
	return form, nil
}

// convert converts a route with braces to this form.
func (f routeForm) convert(route string) string {
	var written strings.Builder
	written.WriteString(f.prefix)
	rest, suffix := strings.TrimPrefix(route, "/"), f.suffix
	for {
		before, after, found := strings.Cut(rest, "{")
		written.WriteString(before)
		if !found {
			return written.String() + suffix
		}
		name, left, _ := strings.Cut(after, "}")
		wildcard, isWildcard := strings.CutSuffix(name, "...")
		if isWildcard && f.wildcard != "" {
			// The wildcard in the example is named "path".
			form := f.wildcard
			if last := strings.LastIndex(form, "path"); last >= 0 {
				form = form[:last] + wildcard + form[last+len("path"):]
			}
			written.WriteString(form)
			suffix = "" // the example of a wildcard includes the suffix
		} else {
			written.WriteString(f.before + wildcard + f.after)
		}
		rest = left
	}
}

// validateRoutes returns an error if --routes or --wildcards is invalid.
func (p *Program) validateRoutes() error {
	if p.parameterRoute == noRoutes {
		return nil
	}
	_, err := parseRouteForm(p.parameterRoute, p.wildcardRoute)
	return err
}

// template returns the Template of the subject: a function that converts a route with
// braces, such as /process/{item_id}, to the form of the program's framework.
func (p *Program) template() func(route string) string {
	form, err := parseRouteForm(p.parameterRoute, p.wildcardRoute)
	if p.parameterRoute == noRoutes || err != nil {
		return func(string) string { return "" }
	}
	return form.convert
}
