package prometheus

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// rateWindow is the time range of rates, on Prometheus' clock.
const rateWindow = 5 * time.Minute

// querySelection is what a query selects: some of the services, and the requests to them in
// a time window of the length rateWindow.
type querySelection struct {
	*testServices
	selectedServices []*service
	until            time.Time // end of the window, on the services' clock
}

// expectation checks the result of a query and returns descriptions of what is wrong.
type expectation func(q querySelection, got []series) []string

// expectedLabelValue returns the value that a label must have for a request.
func expectedLabelValue(s *service, a endedRequest, name string) string {
	switch name {
	case "job":
		return s.job
	case "http_request_method":
		return a.method
	case "http_route":
		return a.route
	case "http_response_status_code":
		if a.status != 0 {
			return strconv.Itoa(a.status)
		}
	case "error_type":
		if a.status == 0 {
			return "client_disconnected"
		}
		if a.failed() {
			return strconv.Itoa(a.status)
		}
	default:
		panic("no label " + name)
	}
	return ""
}

// joinLabels returns the names and values of labels as a text.
func joinLabels(names []string, value func(name string) string) string {
	var values []string
	for _, name := range names {
		values = append(values, name+"="+value(name))
	}
	return strings.Join(values, " ")
}

// groupRequests returns the requests of the selection, grouped by the values of the labels in
// labelNames.
func (q querySelection) groupRequests(labelNames []string) map[string][]endedRequest {
	all := make(map[string][]endedRequest)
	for _, s := range q.selectedServices {
		for _, a := range s.endedBetween(q.until.Add(-rateWindow/timeFactor), q.until) {
			k := joinLabels(labelNames, func(name string) string { return expectedLabelValue(s, a, name) })
			all[k] = append(all[k], a)
		}
	}
	return all
}

// compare checks that a result has one series for each entry of the map want, and returns
// what is wrong. The keys of the map are the names and values of the labels in labelNames,
// as joinLabels returns them. For a value of NaN, there must be no series.
func (q querySelection) compare(got []series, labelNames []string, want map[string]float64, tolerance func(want float64) float64) (problems []string) {
	seen := make(map[string]bool)
	for _, s := range got {
		k := joinLabels(labelNames, s.labels.Get)
		w, expected := want[k]
		switch {
		case seen[k]:
			problems = append(problems, fmt.Sprintf("got two series for %q", k))
		case !expected || math.IsNaN(w):
			problems = append(problems, fmt.Sprintf("got %v for %q, want no such series", s.value, k))
		case math.IsNaN(s.value) || math.Abs(s.value-w) > tolerance(w):
			problems = append(problems, fmt.Sprintf("got %v for %q, want %v", s.value, k, w))
		}
		seen[k] = true
	}
	for k, w := range want {
		if !seen[k] && !math.IsNaN(w) {
			problems = append(problems, fmt.Sprintf("got no series for %q, want %v", k, w))
		}
	}
	return problems
}

// rateTolerance returns the tolerance for a rate. A tolerance is needed because exports do
// not coincide with the ends of the window.
func rateTolerance(want float64) float64 { return 0.25*want + 4/rateWindow.Seconds() }

// expectRate returns an expectation: the rate of the requests for which the function keep
// returns true, grouped by the labels in labelNames.
func expectRate(keep func(endedRequest) bool, labelNames ...string) expectation {
	return func(q querySelection, got []series) []string {
		want := make(map[string]float64)
		for k, group := range q.groupRequests(labelNames) {
			n := countRequests(group, keep)
			if n == 0 {
				// The rate is 0 if the series exists and has not changed in the window.
				// Otherwise there must be no series.
				want[k] = math.NaN()
				for _, s := range got {
					if joinLabels(labelNames, s.labels.Get) == k {
						want[k] = 0
					}
				}
				continue
			}
			want[k] = float64(n) / rateWindow.Seconds()
		}
		for _, s := range got {
			if k := joinLabels(labelNames, s.labels.Get); s.value == 0 {
				// A series with requests only before the window has the rate 0.
				if _, ok := want[k]; !ok {
					want[k] = 0
				}
			}
		}
		return q.compare(got, labelNames, want, rateTolerance)
	}
}

// expectRatio returns an expectation: the share of the requests for which the function keep
// returns true, grouped by the labels in labelNames.
func expectRatio(keep func(endedRequest) bool, labelNames ...string) expectation {
	return func(q querySelection, got []series) []string {
		want := make(map[string]float64)
		for k, group := range q.groupRequests(labelNames) {
			want[k] = float64(countRequests(group, keep)) / float64(len(group))
		}
		return q.compare(got, labelNames, want, func(float64) float64 { return 0.15 })
	}
}

// expectMean returns an expectation: the mean of what the function value returns for the
// requests, grouped by service.
func expectMean(value func(endedRequest) int) expectation {
	return func(q querySelection, got []series) []string {
		want := make(map[string]float64)
		for k, group := range q.groupRequests([]string{"job"}) {
			sum := 0
			for _, a := range group {
				sum += value(a)
			}
			want[k] = float64(sum) / float64(len(group))
		}
		return q.compare(got, []string{"job"}, want, func(want float64) float64 { return 0.3*want + 10 })
	}
}

// countRequests returns the number of requests for which the function keep returns true.
func countRequests(all []endedRequest, keep func(endedRequest) bool) (n int) {
	for _, a := range all {
		if keep(a) {
			n++
		}
	}
	return n
}

// The following functions are values for the parameter keep of countRequests, expectRate
// and expectRatio.
func anyRequest(endedRequest) bool            { return true }
func hasFailed(a endedRequest) bool           { return a.failed() }
func isAbandonedOrFailed(a endedRequest) bool { return a.status == 0 || a.failed() }
func isUnrouted(a endedRequest) bool          { return a.route == "" }
func isFast(a endedRequest) bool              { return a.duration <= 250*time.Millisecond }

// expectBounds returns an expectation: a series for each selected service for which the
// function wanted returns ok, with a value between low and high. Other services must have no
// series. Labels other than job are ignored.
func expectBounds(wanted func(q querySelection, s *service) (low, high float64, ok bool)) expectation {
	return func(q querySelection, got []series) (problems []string) {
		seen := make(map[string]bool)
		for _, g := range got {
			job := g.labels.Get("job")
			seen[job] = true
			for _, s := range q.selectedServices {
				if s.job != job {
					continue
				}
				low, high, ok := wanted(q, s)
				switch {
				case !ok:
					problems = append(problems, fmt.Sprintf("got %v for %s, want no such series", g.value, g.labels))
				case !(low <= g.value && g.value <= high):
					problems = append(problems, fmt.Sprintf("got %v for %s, want %v to %v", g.value, g.labels, low, high))
				}
			}
		}
		for _, s := range q.selectedServices {
			if _, _, ok := wanted(q, s); ok && !seen[s.job] {
				problems = append(problems, "got no series for "+s.job)
			}
		}
		return problems
	}
}

// expectBetween returns an expectation: a series for each selected service, with a value
// between low and high.
func expectBetween(low, high float64) expectation {
	return expectBounds(func(querySelection, *service) (float64, float64, bool) { return low, high, true })
}

// expectPositive returns an expectation: a positive value for each selected service.
func expectPositive() expectation { return expectBetween(math.SmallestNonzeroFloat64, math.Inf(1)) }

// expectOne returns an expectation: one series without labels. The bounds of its value
// depend on the selected services.
func expectOne(bounds func(q querySelection) (low, high float64)) expectation {
	return func(q querySelection, got []series) []string {
		low, high := bounds(q)
		if len(got) != 1 || !got[0].labels.IsEmpty() || !(low <= got[0].value && got[0].value <= high) {
			return []string{fmt.Sprintf("got %v, want one number from %v to %v", got, low, high)}
		}
		return nil
	}
}

// isFaulty reports whether s is one of faultyServices.
func (q querySelection) isFaulty(s *service) bool {
	return s == q.faultyServices[0] || s == q.faultyServices[1]
}

// anyFaulty reports whether one of faultyServices is selected.
func (q querySelection) anyFaulty() bool {
	for _, s := range q.selectedServices {
		if q.isFaulty(s) {
			return true
		}
	}
	return false
}

// percentileBounds returns the bounds of a service's 95th percentile. A ninth of the
// requests to faulty services take 1.5 s.
func percentileBounds(q querySelection, s *service) (low, high float64, ok bool) {
	if q.isFaulty(s) {
		return 1, 2.5, true
	}
	return 0, 1, true
}

// fastShareBounds returns the bounds of the share of fast requests, with a tolerance. The
// lower bound is the share of requests for which isFast returns true: it uses the duration
// that the client measured, which is longer than the service's. The upper bound is the
// share of requests that are not to the slow route.
func fastShareBounds(q querySelection, s *service) (low, high float64, ok bool) {
	group := s.endedBetween(q.until.Add(-rateWindow/timeFactor), q.until)
	slow := countRequests(group, func(a endedRequest) bool { return q.isFaulty(s) && a.route == "/slow/{ms}" })
	return float64(countRequests(group, isFast))/float64(len(group)) - 0.15, min(1, 1-float64(slow)/float64(len(group))+0.15), true
}

// expectDurationByRoute is an expectation: a duration for each route. It is 1 s to 2.5 s for
// the slow route of faulty services, and at most 1 s for other routes.
func expectDurationByRoute(q querySelection, got []series) (problems []string) {
	want := q.groupRequests([]string{"job", "http_request_method", "http_route"})
	for _, s := range got {
		k := joinLabels([]string{"job", "http_request_method", "http_route"}, s.labels.Get)
		if math.IsNaN(s.value) {
			continue // a route without requests in the window
		}
		if _, ok := want[k]; !ok {
			problems = append(problems, fmt.Sprintf("got %v for %q, want no such series", s.value, k))
		}
		delete(want, k)
		low, high := 0.0, 1.0
		for _, faulty := range q.faultyServices {
			if strings.Contains(k, "/slow/") && s.labels.Get("job") == faulty.job {
				low, high = 1, 2.5
			}
		}
		if s.value < low || s.value > high {
			problems = append(problems, fmt.Sprintf("got %v for %q, want %v to %v", s.value, k, low, high))
		}
	}
	for k := range want {
		problems = append(problems, fmt.Sprintf("got no series for %q", k))
	}
	return problems
}

// expectLosses returns an expectation: each service for which the function loses returns
// true has lost telemetry for each of the reasons. Other services must have lost nothing.
func expectLosses(loses func(q querySelection, s *service) bool, reasons ...string) expectation {
	return func(q querySelection, got []series) (problems []string) {
		found := make(map[string]bool)
		for _, g := range got {
			job, reason := g.labels.Get("job"), g.labels.Get("error_type")
			found[job+" "+reason] = g.value > 0 || found[job+" "+reason]
			for _, s := range q.selectedServices {
				if s.job == job && !loses(q, s) && g.value > 0 {
					problems = append(problems, fmt.Sprintf("got %v for %s, want nothing lost", g.value, g.labels))
				}
			}
		}
		for _, s := range q.selectedServices {
			for _, reason := range reasons {
				if loses(q, s) && !found[s.job+" "+reason] {
					problems = append(problems, fmt.Sprintf("got nothing lost by %s for %s: %v", s.job, reason, got))
				}
			}
		}
		return problems
	}
}

// The following functions report whether a service loses telemetry of a signal.
func losesSpans(q querySelection, s *service) bool  { return q.isFaulty(s) || s == q.journal }
func losesLogs(q querySelection, s *service) bool   { return s == q.journal }
func losesPoints(q querySelection, s *service) bool { return s == q.journal }

// perQuery returns the expectations of a panel: the first is for its first query, and so
// on.
func perQuery(expectations ...expectation) []expectation { return expectations }

// expectedResults has an expectation for each query of each panel, by dashboard file and
// panel title. The queries are evaluated at faultyUntil, the end of the part of the test
// with faults.
var expectedResults = map[string]map[string][]expectation{
	"http-server.json": {
		"Requests per second": perQuery(expectRate(anyRequest)),
		"Failed requests":     perQuery(expectRatio(hasFailed)),
		"95th percentile, slowest service": perQuery(expectOne(func(q querySelection) (float64, float64) {
			if q.anyFaulty() {
				return 1, 2.5
			}
			return 0, 1
		})),
		"Requests in progress": perQuery(expectOne(func(q querySelection) (float64, float64) {
			if q.anyFaulty() {
				return 1, 1000
			}
			return 0, 1000
		})),
		"Requests per second by service": perQuery(expectRate(anyRequest, "job")),
		"Failed requests by service":     perQuery(expectRatio(hasFailed, "job")),
		"Duration by service":            perQuery(expectBetween(0, 1), expectBounds(percentileBounds), expectBounds(percentileBounds)), //nolint:gocritic // a check for each of three queries
		"Requests within 250 ms":         perQuery(expectBounds(fastShareBounds)),
		"Routes": perQuery(expectRate(anyRequest, "job", "http_request_method", "http_route"),
			expectRatio(hasFailed, "job", "http_request_method", "http_route"), expectDurationByRoute, expectDurationByRoute), //nolint:gocritic // a check for each of four queries
		"Requests per second by route":        perQuery(expectRate(anyRequest, "job", "http_request_method", "http_route")),
		"95th percentile by route":            perQuery(expectDurationByRoute),
		"Failed requests per second by route": perQuery(expectRate(hasFailed, "job", "http_request_method", "http_route")),
		"Requests per second by status":       perQuery(expectRate(anyRequest, "job", "http_response_status_code")),
		"Failures by type":                    perQuery(expectRate(isAbandonedOrFailed, "job", "error_type")),
		"Requests without a route":            perQuery(expectRate(isUnrouted, "job", "http_response_status_code")),
		"Requests in progress by service": perQuery(expectBounds(func(querySelection, *service) (float64, float64, bool) {
			return 0, 1000, true
		})),
		"Mean request body size":  perQuery(expectMean(func(a endedRequest) int { return a.sentBytes })),
		"Mean response body size": perQuery(expectMean(func(a endedRequest) int { return a.receivedBytes })),
	},
	"telemetry.json": {
		"Services that report": perQuery(expectOne(func(q querySelection) (float64, float64) {
			return float64(len(q.selectedServices)), float64(len(q.selectedServices))
		})),
		"Spans lost": perQuery(expectOne(func(q querySelection) (float64, float64) {
			for _, s := range q.selectedServices {
				if losesSpans(q, s) {
					return 1, 1e6
				}
			}
			return 0, 0
		})),
		"Fullest queue": perQuery(expectOne(func(q querySelection) (float64, float64) {
			for _, s := range q.selectedServices {
				if losesSpans(q, s) {
					return 0.01, 1
				}
			}
			return 0, 0.5
		})),
		"Slowest export":                 perQuery(expectOne(func(querySelection) (float64, float64) { return 0, 60 })),
		"Services that no longer report": perQuery(expectNone),
		"Spans exported per second": perQuery(expectBounds(func(q querySelection, s *service) (float64, float64, bool) {
			if losesSpans(q, s) {
				return 0, 0, true
			}
			return 0.1, 10, true
		})),
		"Spans lost per second": perQuery(expectLosses(losesSpans, "queue_full")),
		"Spans in the queue": perQuery(expectBounds(func(querySelection, *service) (float64, float64, bool) {
			return 0, 1, true
		})),
		"Spans being exported":                   perQuery(expectBetween(0, 1000)),
		"Log records exported per second":        perQuery(expectBounds(func(querySelection, *service) (float64, float64, bool) { return 0, 0, true })),
		"Log records lost per second":            perQuery(expectLosses(losesLogs, "queue_full")),
		"Log records in the queue":               perQuery(expectBetween(0, 1)),
		"Log records being exported":             perQuery(expectBetween(0, 1000)),
		"Metric data points exported per second": perQuery(expectPositive()),
		"Metric data points lost per second":     perQuery(expectLosses(losesPoints)),
		"Duration of exports":                    perQuery(expectBetween(0, 60)),
	},
	"go-runtime.json": {
		"Memory used":         perQuery(expectBetween(1<<20, 1<<30)),
		"Memory used by type": perQuery(expectBetween(1, 1<<30)),
		"Memory used of GOMEMLIMIT": perQuery(expectBounds(func(q querySelection, s *service) (float64, float64, bool) {
			if s == q.journal {
				return 0.9, 100, true
			}
			return 0, 0.5, true
		})),
		"Allocated per second":        perQuery(expectPositive()),
		"Allocations per second":      perQuery(expectPositive()),
		"Goroutines":                  perQuery(expectBetween(2, 10_000)),
		"Heap at the next collection": perQuery(expectBetween(1<<20, 1<<30)),
		"GOMAXPROCS and GOGC": perQuery(expectBounds(func(q querySelection, s *service) (float64, float64, bool) {
			if s == q.journal {
				return 1, 1, true
			}
			return 1, 4096, true
		}), expectBetween(100, 100)),
	},
}

// expectNone is an expectation: the result is empty.
func expectNone(_ querySelection, got []series) []string {
	if len(got) > 0 {
		return []string{fmt.Sprintf("got %v, want none", got)}
	}
	return nil
}
