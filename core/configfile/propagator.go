package configfile

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// translatePropagators merges the two lists of propagators, in order and without
// duplicates. It reads them from the tree, since otelconf loses the order and third-party
// propagators.
func (r *fileReader) translatePropagators() {
	propagator := findNode(r.root, "propagator")
	if propagator == nil || isNull(propagator) {
		return
	}
	var names []string
	add := func(name string) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	path := "propagator.composite"
	if composite := findNode(propagator, "composite"); composite != nil {
		for i, element := range composite.Content {
			if element.Kind != yaml.MappingNode || len(element.Content) != 2 {
				r.reject(appendIndex(path, i), scalarText(element), "not a mapping with one key", "one propagator as its key, such as {tracecontext: }")
				continue
			}
			add(element.Content[0].Value)
		}
	}
	if list := findNode(propagator, "composite_list"); list != nil && !isNull(list) {
		if len(names) == 0 {
			path += "_list"
		} else {
			path += " and composite_list"
		}
		for name := range strings.SplitSeq(list.Value, ",") {
			add(name)
		}
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	r.setVariable("OTEL_PROPAGATORS", path, strings.Join(names, ","))
}
