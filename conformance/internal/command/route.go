package command

import (
	"fmt"
	"regexp"
	"strings"
)

// routeForm is how a framework writes routes.
type routeForm struct {
	// prefix replaces the slash at the beginning, and suffix is added at the end.
	prefix, suffix string
	// before and after are around the name of a parameter.
	before, after string
	// wildcard is how it writes {path...}; "" is as a parameter.
	wildcard string
}

// noRoutes is the value of --routes for a framework without routes.
const noRoutes = "none"

// exampleRoute matches the example in --routes.
var exampleRoute = regexp.MustCompile(`^(\^?/?)process/(\S*)item_id(.*)$`)

// closingBrackets are the ends of parameters by their beginnings.
var closingBrackets = map[byte]string{'{': "}", '<': ">", '(': ")"}

// parseRouteForm reads the form from two example routes: one with a parameter, and
// one with a wildcard, or "".
func parseRouteForm(parameter, wildcard string) (routeForm, error) {
	found := exampleRoute.FindStringSubmatch(parameter)
	if found == nil {
		return routeForm{}, fmt.Errorf("--routes: got %q, want how the framework writes /process/{item_id}, such as /process/:item_id or process/<str:item_id>, or none", parameter)
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

// write converts a route with braces.
func (f routeForm) write(route string) string {
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
			// In the example the name is "path".
			form := f.wildcard
			if last := strings.LastIndex(form, "path"); last >= 0 {
				form = form[:last] + wildcard + form[last+len("path"):]
			}
			written.WriteString(form)
			suffix = "" // the example has its own
		} else {
			written.WriteString(f.before + wildcard + f.after)
		}
		rest = left
	}
}

// validateRoutes returns the errors of --routes and --wildcards.
func (p *Program) validateRoutes() error {
	if p.routes == noRoutes {
		return nil
	}
	_, err := parseRouteForm(p.routes, p.wildcards)
	return err
}

// template returns the Template of the subject: a function that writes a route with
// braces in the program's form.
func (p *Program) template() func(route string) string {
	form, err := parseRouteForm(p.routes, p.wildcards)
	if p.routes == noRoutes || err != nil {
		return func(string) string { return "" }
	}
	return form.write
}
