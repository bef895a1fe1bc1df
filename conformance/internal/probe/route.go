package probe

import "regexp"

// parameterType matches a parameter of a route with its type or pattern, in the syntaxes
// <int:code>, {code:int}, :code(\d+) and (?P<code>[0-9]+). The name of the parameter is
// one of the groups.
var parameterType = regexp.MustCompile(`<\w+:(?P<angle>\w+)>|\{(?P<brace>\w+):(?:[^{}]|\{[^{}]*\})*\}|:(?P<colon>\w+)\([^().][^()]*\)|\(\?P<(?P<regexp>\w+)>[^()]*\)`)

// withoutParameterTypes writes every parameter of a route that has a type as <name>, {name},
// :name or (?P<name>).
func withoutParameterTypes(route string) string {
	return parameterType.ReplaceAllStringFunc(route, func(parameter string) string {
		names := parameterType.FindStringSubmatch(parameter)
		switch {
		case names[1] != "":
			return "<" + names[1] + ">"
		case names[2] != "":
			return "{" + names[2] + "}"
		case names[3] != "":
			return ":" + names[3]
		default:
			return "(?P<" + names[4] + ">)"
		}
	})
}

// SameRoute records a problem unless got equals want, apart from the types of parameters. Both
// are routes or the names of spans, or nil. The contract's handlers convert some parameters to
// numbers, and in many frameworks their routes say so.
func (p *Probe) SameRoute(what string, got, want any) bool {
	gotText, isText := got.(string)
	wantText, isRoute := want.(string)
	if isText && isRoute && withoutParameterTypes(gotText) == withoutParameterTypes(wantText) {
		return true
	}
	return p.Equal(what, got, want)
}
