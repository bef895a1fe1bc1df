package configfile

import (
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	"go.opentelemetry.io/otel/attribute"
)

// attributeFilter returns a filter for the attributes that are included and not
// excluded.
func attributeFilter(lists *otelconf.IncludeExclude) attribute.Filter {
	included, excluded := compileWildcards(lists.Included), compileWildcards(lists.Excluded)
	return func(kv attribute.KeyValue) bool {
		matches := func(pattern *regexp.Regexp) bool { return pattern.MatchString(string(kv.Key)) }
		return (len(included) == 0 || slices.ContainsFunc(included, matches)) && !slices.ContainsFunc(excluded, matches)
	}
}

// compileWildcards compiles the schema's wildcards: ? matches one character, and * any
// number.
func compileWildcards(list []string) (compiled []*regexp.Regexp) {
	for _, pattern := range list {
		quoted := strings.NewReplacer(`\?`, ".", `\*`, ".*").Replace(regexp.QuoteMeta(pattern))
		compiled = append(compiled, regexp.MustCompile(`(?s)^`+quoted+`$`))
	}
	return compiled
}
