package mutant

import (
	"fmt"
	glob "path"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// TestTwins proves that the checks require no more than their sources.
func TestTwins(t *testing.T) {
	for _, twin := range twins {
		t.Run(twin.Name, func(t *testing.T) {
			t.Parallel()
			found := runMutant(t, twin.Mutant, conformance.WithChecks(twin.mustPass...))
			for _, id := range found.failed {
				t.Errorf("it fails a check whose source allows what it does:\n%s", found.messages[id])
			}
			for id, text := range found.messages {
				if !strings.HasPrefix(text, fmt.Sprintf("%s: %s: %s", twin.Name, id, conformance.Pass)) && !slices.Contains(found.failed, id) {
					t.Errorf("it does not pass %s, and so proves nothing:\n%s", id, text)
				}
			}
		})
	}
}

// Every check has a twin, a subject that differs in something that the check's source
// allows, or a reason why there is none.
func TestEveryCheckHasATwin(t *testing.T) {
	known := make(map[string]bool)
	for _, check := range conformance.Checks() {
		known[check.ID] = true
		var of []string
		for _, twin := range twins {
			for _, pattern := range twin.mustPass {
				if ok, err := glob.Match(pattern, check.ID); err != nil {
					t.Errorf("%s: %q: %v", twin.Name, pattern, err)
				} else if ok {
					of = append(of, twin.Name)
				}
			}
		}
		_, alone := withoutTwin[check.ID]
		// A twin of a whole area may pass such a check too, without differing in
		// anything that it looks at.
		if len(of) == 0 && !alone {
			t.Errorf("%s has no twin: add one that differs in what its source allows, or the reason to oneWay", check.ID)
		}
	}
	for id, reason := range withoutTwin {
		if !known[id] || reason == "" {
			t.Errorf("oneWay: there is no check %s, or no reason", id)
		}
	}
}
