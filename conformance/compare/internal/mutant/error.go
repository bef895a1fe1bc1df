package mutant

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/labstack/echo/v4"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// errorMutants are the mutants that break the checks error/*.
var errorMutants = []Mutant{
	{
		Name: "takes-a-handlers-error-for-its-own", Breaks: []string{"error/handler"},
		Traces: changeRoutedSpans(func(s *tracepb.Span, _, route string) {
			if strings.HasPrefix(route, "/fail/") {
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "reference failure"}
			}
		}),
	},
	{
		Name: "calls-the-error-handler-itself", Breaks: []string{"error/handler-once"}, Base: "echootel",
		Echo: func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				err := next(c)
				if err != nil {
					c.Error(err)
				}
				return err
			}
		},
	},
	{
		Name: "swallows-errors", Breaks: []string{"error/handler-once"}, Base: "echootel",
		Echo: func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				if err := next(c); err != nil {
					c.Error(err)
				}
				return nil
			}
		},
	},
	{
		Name: "believes-the-last-status", Breaks: []string{"error/wire-status"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.path") == "/write/twice" {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusInternalServerError)
			}
		}),
	},
	{
		Name: "believes-what-comes-after-a-flush", Breaks: []string{"error/wire-status"},
		Traces: changeSpansOnPath("/write/flushed", func(s *tracepb.Span) {
			s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusInternalServerError)
		}),
	},
	{
		Name: "believes-what-comes-after-a-hijack", Breaks: []string{"error/wire-status"},
		Traces: changeSpansOnPath("/write/hijacked", func(s *tracepb.Span) {
			s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusInternalServerError)
		}),
	},
	{
		Name: "gives-a-status-to-what-was-broken-off", Breaks: []string{"error/wire-status"},
		Traces: changeSpansOnPath("/write/aborted", func(s *tracepb.Span) {
			s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusOK)
		}),
	},
	{
		Name: "says-nothing-of-an-implicit-status", Breaks: []string{"error/wire-status"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.path") == "/write/nothing" {
				s.Attributes = withoutAttribute(s.GetAttributes(), "http.response.status_code")
			}
		}),
	},
	{
		Name: "forgives-a-panic-that-is-answered-below-500", Breaks: []string{"error/panic"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			if os.Getenv("SAMESPAN_RECOVERY") == strconv.Itoa(http.StatusTeapot) {
				s.Status = nil
				s.Attributes = withoutAttribute(s.GetAttributes(), "http.response.status_code")
			}
		}),
	},
	{
		Name: "describes-a-status-over-the-handler", Breaks: []string{"error/description"},
		Traces: changeSpansOnPath("/described/500", func(s *tracepb.Span) { s.Status.Message = "" }),
	},
	{
		Name: "names-a-span-over-the-handler", Breaks: []string{"error/description"},
		Traces: changeSpansOnPath("/described/404", func(s *tracepb.Span) { s.Name = "GET /described/{code}" }),
	},
	{
		Name: "takes-the-route-of-a-sub-request", Breaks: []string{"error/sub-request"},
		Traces: changeSpansOnPath("/batch", skipEmptyBatches(func(s *tracepb.Span) { setRoute(s, http.MethodPost, "/status/{code}") })),
	},
	{
		Name: "takes-the-panic-of-a-sub-request", Breaks: []string{"error/sub-request"},
		Traces: changeSpansOnPath("/batch", skipEmptyBatches(func(s *tracepb.Span) {
			s.Events = append(s.Events, &tracepb.Span_Event{Name: "exception"})
		})),
	},
	{
		Name: "measures-a-sub-request-in-place-of-the-request", Breaks: []string{"error/sub-request"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "http.route") == "/batch" && point.GetCount() > emptyBatchRequestCount {
				point.Attributes = withAttribute(point.GetAttributes(), "http.route", "/status/{code}")
			}
		}),
	},
	{
		Name: "lets-hooks-panic", Breaks: []string{"error/hook"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if shouldHooksPanic() {
					panic("a hook of the service panics")
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "reports-a-hook-every-time", Breaks: []string{"error/hook"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if shouldHooksPanic() {
					fmt.Fprintln(os.Stderr, "the span name hook of the service panics")
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "shows-no-exception", Breaks: []string{"error/exception"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) { s.Events = nil }),
	},
	{
		Name: "shows-no-stack", Breaks: []string{"error/exception"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			for _, event := range s.GetEvents() {
				event.Attributes = withoutAttribute(event.GetAttributes(), "exception.stacktrace")
			}
		}),
	},
	{
		Name: "gives-a-panic-a-type-of-its-own", Breaks: []string{"error/exception"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) { s.Attributes = withAttribute(s.GetAttributes(), "error.type", "panic") }),
	},
	{
		Name: "names-a-panic-by-its-message", Breaks: []string{"error/panic", "error/exception"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			s.Attributes = withAttribute(s.GetAttributes(), "error.type", "Error: reference panic")
		}),
	},
	{
		Name: "takes-every-recovery-for-a-500", Breaks: []string{"error/panic"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			if os.Getenv("SAMESPAN_RECOVERY") != "" {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusInternalServerError)
			}
		}),
	},
	{
		Name: "ends-before-the-panic-is-known", Breaks: []string{"error/panic"},
		Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			s.Status = nil
			s.Attributes = withoutAttribute(withoutAttribute(s.GetAttributes(), "http.response.status_code"), "error.type")
		}),
	},
	{
		Name: "does-not-measure-a-panic", Breaks: []string{"error/panic", "metric/error"},
		Metrics: changeMetrics("http.server.request.duration", func(m *metricspb.Metric) {
			points := m.GetHistogram()
			points.DataPoints = slices.DeleteFunc(points.GetDataPoints(), func(p *metricspb.HistogramDataPoint) bool {
				return stringAttribute(p.GetAttributes(), "http.route") == "/panic"
			})
		}),
	},
	{
		Name: "takes-a-recovered-panic-for-no-failure", Breaks: []string{"error/panic-inside"},
		Traces: changeSpansOnPath("/panic/inside", func(s *tracepb.Span) { s.Status = nil }),
	},
	{
		Name: "measures-a-recovered-panic-twice", Breaks: []string{"error/panic-inside"},
		Metrics: changeHistogramPoints("http.server.request.duration", func(p *metricspb.HistogramDataPoint) {
			if stringAttribute(p.GetAttributes(), "http.route") == "/panic/inside" {
				p.Count *= 2
			}
		}),
	},
	{
		Name: "wraps-what-panics", Breaks: []string{"error/abort", "transparent/response"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					if value := recover(); value != nil {
						panic(fmt.Errorf("recovered: %v", value))
					}
				}()
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "takes-an-abort-for-an-exception", Breaks: []string{"error/abort"},
		Traces: changeSpansOnPath("/abort", func(s *tracepb.Span) {
			s.Events = append(s.Events, &tracepb.Span_Event{Name: "exception"})
		}),
	},
}

// shouldHooksPanic reports whether the suite has requested hooks that panic.
func shouldHooksPanic() bool { return os.Getenv("SAMESPAN_HOOKS") == "panic" }

// emptyBatchRequestCount is the number of POST /batch requests without sub-requests that the
// suite sends first: a request to find out whether the route exists, and a request for
// comparison.
const emptyBatchRequestCount = 2

// skipEmptyBatches returns a function that calls change, except for the first
// emptyBatchRequestCount spans. If the spans are the server spans of POST /batch, it changes
// those of the requests with sub-requests.
func skipEmptyBatches(change func(*tracepb.Span)) func(*tracepb.Span) {
	var seen atomic.Int64
	return func(s *tracepb.Span) {
		if seen.Add(1) > emptyBatchRequestCount {
			change(s)
		}
	}
}

// changeSpansOnPath returns a [Mutant.Traces] that changes the server spans with the
// path.
func changeSpansOnPath(path string, change func(*tracepb.Span)) func(*collectortrace.ExportTraceServiceRequest) {
	return changeServerSpans(func(s *tracepb.Span) {
		if stringAttribute(s.GetAttributes(), "url.path") == path {
			change(s)
		}
	})
}
