package httpserver

import (
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// ruleSet holds the exclusion rules for each way of routing.
type ruleSet [exclude.Routings]*exclude.Rules

func newRuleSet(rules *exclude.Rules) *ruleSet {
	set := new(ruleSet)
	for routing := range set {
		set[routing] = rules.For(exclude.Routing(routing))
	}
	return set
}

func (s *ruleSet) String() string { return s[0].String() }

// exclude tells whether a request is excluded.
func (s *ruleSet) exclude(req *Request) bool {
	rules := s[req.Routing%exclude.Routings]
	switch {
	case rules.Len() == 0:
		return false
	case req.Unread != nil:
		return req.Unread.Excluded(rules)
	default:
		return rules.Match(req.Method, req.Path, req.UserAgent)
	}
}

// excludeVariable is the variable of one framework's own exclusion rules.
func excludeVariable(framework string) string {
	return "OTEL_GO_" + strings.ToUpper(framework) + "_EXCLUDED_URLS"
}

func ruleList(variable string) list[*exclude.Rules] {
	return list[*exclude.Rules]{
		variable: variable,
		split:    whole,
		parse:    func(rules []string) (*exclude.Rules, error) { return exclude.Parse(rules...) },
	}
}

// rulesFor returns the rules that hold for a framework: its own, where there
// are any, in place of the general ones.
func (e *Engine) rulesFor(framework string) *ruleSet {
	if rules, ok := e.excludeFor[framework]; ok {
		return rules
	}
	return e.exclude
}
