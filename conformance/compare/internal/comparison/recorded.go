package comparison

import (
	"bytes"
	_ "embed"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
)

// fastAPIRecord has the recorded outcomes of the FastAPI service. The service is not run
// here, since it needs Python.
//
//go:embed fastapi.golden
var fastAPIRecord []byte

// recordedSubject is the name of the subject whose outcomes were recorded.
const recordedSubject = "fastapi"

// changedChecks are the checks whose rules have changed since the recording. An entry is
// the id of a check, or an area with a slash, which means all checks of the area. The
// comparison omits the recorded failures of these checks.
var changedChecks = []string{
	"parent/child", "parent/framework-context", "parent/middleware", "parent/goroutine", "parent/after-response", "parent/concurrent",
	"parent/downstream", "parent/baggage", "parent/background", "parent/tracestate",
	"span/headers", "span/scope", "span/method-not-allowed", "span/method-other", "span/resource", "span/body-size",
	"error/hook", "error/panic", "error/disconnect",
	"exclude/near-miss", "exclude/forms", "exclude/bad-rule",
	"metric/duration", "metric/active", "metric/body-size", "metric/error",
	"flush/",
	"transparent/response", "transparent/upgrade", "trust/client-address",
}

// recordedOutcomes returns the recorded outcomes, without the failures of changedChecks.
func recordedOutcomes() (map[string]conformance.Outcome, error) {
	then, err := matrix.Expect(bytes.NewReader(fastAPIRecord))
	if err != nil {
		return nil, err
	}
	outcomes := make(map[string]conformance.Outcome)
	for _, check := range then.Checks() {
		outcome := then.Outcome(recordedSubject, check)
		if outcome == conformance.Fail && changedSinceRecording(check) {
			continue
		}
		outcomes[check] = outcome
	}
	return outcomes, nil
}

// changedSinceRecording reports whether the check has changed since the outcomes were
// recorded: whether changedChecks contains the check or its area, such as "flush/".
func changedSinceRecording(check string) bool {
	for _, c := range changedChecks {
		if check == c || strings.HasSuffix(c, "/") && strings.HasPrefix(check, c) {
			return true
		}
	}
	return false
}
