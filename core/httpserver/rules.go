package httpserver

import (
	"os"
	"slices"
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// ruleSet holds the exclusion rules, compiled for each value of [exclude.Routing].
type ruleSet [exclude.Routings]*exclude.Rules

func newRuleSet(rules *exclude.Rules) *ruleSet {
	set := new(ruleSet)
	for routing := range set {
		set[routing] = rules.For(exclude.Routing(routing))
	}
	return set
}

func (s *ruleSet) String() string { return s[0].String() }

// matches reports whether a request is excluded.
func (s *ruleSet) matches(req *Request) bool {
	rules := s[req.Routing%exclude.Routings]
	if rules.Len() == 0 {
		return false
	}
	if unread := req.unreadRequest(); unread != nil {
		return unread.Excluded(rules)
	}
	return rules.Match(req.Method, req.Path, req.UserAgent)
}

// isExcluded reports whether the rules or the user's function exclude a request. A
// function that panics does not exclude the request.
func (e *Engine) isExcluded(rules *ruleSet, req *Request) bool {
	return rules.matches(req) || e.excludeFunc != nil && e.callPredicate(&e.excludeFuncRunner, e.excludeFunc, req, false)
}

// The framework's name is between this prefix and this suffix in the name of its exclusion
// variable, such as OTEL_GO_GIN_EXCLUDED_URLS.
const (
	excludeVariablePrefix = "OTEL_GO_"
	excludeVariableSuffix = "_EXCLUDED_URLS"
)

// excludeVariable returns the exclusion variable of a framework.
func excludeVariable(framework string) string {
	return excludeVariablePrefix + strings.ToUpper(framework) + excludeVariableSuffix
}

// frameworksWithRules returns the names of the frameworks whose exclusion variables are
// set, in lower case and sorted. With these names, New can report errors in the variables
// before the frameworks are instrumented.
func frameworksWithRules() (names []string) {
	for _, variable := range os.Environ() {
		variable, _, _ = strings.Cut(variable, "=")
		name, ok := strings.CutPrefix(variable, excludeVariablePrefix)
		if !ok {
			continue
		}
		if name, ok = strings.CutSuffix(name, excludeVariableSuffix); ok && isValidFrameworkName(name) && strings.ToUpper(name) == name {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	return names
}

// isValidFrameworkName reports whether name consists of ASCII letters and digits, so that it
// can be part of the name of an environment variable.
func isValidFrameworkName(name string) bool {
	for i := range len(name) {
		c := name[i] | 0x20 // lower case if it is a letter
		if (c < 'a' || c > 'z') && (name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return name != ""
}

// newRuleSetting returns a setting for exclusion rules. If the environment variable called
// variable is set, it takes precedence over the option.
func newRuleSetting(variable string) listSetting[*exclude.Rules] {
	return listSetting[*exclude.Rules]{
		variable: variable,
		lookup:   lookupUnsplit,
		parse:    func(rules []string) (*exclude.Rules, error) { return exclude.Parse(rules...) },
	}
}

// rulesFor returns the exclusion rules for a framework: the rules in the framework's own
// environment variable if the variable is set, and otherwise the general rules.
func (e *Engine) rulesFor(framework string) *ruleSet {
	if rules, ok := e.excludeRulesByFramework[strings.ToLower(framework)]; ok {
		return rules
	}
	return e.excludeRules
}
