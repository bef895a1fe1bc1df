package mutant

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// allowedErrorVariants are the allowed variants for the checks error/*.
var allowedErrorVariants = []allowedVariant{
	{
		// The conventions allow a name instead of the status code as error.type.
		Mutant: Mutant{
			Name:   "names-failures-by-words",
			Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = replaceStatusCodeByName(s.GetAttributes()) }),
			Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
				point.Attributes = replaceStatusCodeByName(point.GetAttributes())
			}),
		},
		mustPass: []string{"span/status", "error/handler", "error/answered", "error/panic-inside", "metric/error"},
	},
	{
		Mutant:   Mutant{Name: "names-errors-on-metrics-alone", Traces: changeServerSpans(func(s *tracepb.Span) { s.Attributes = withoutAttribute(s.GetAttributes(), "error.type") })},
		mustPass: []string{"metric/error", "error/hook"},
	},
	{
		Mutant: Mutant{Name: "describes-what-a-handler-failed-with", Traces: changeServerSpans(func(s *tracepb.Span) {
			if strings.HasPrefix(stringAttribute(s.GetAttributes(), "url.path"), "/fail/5") {
				s.Status.Message = "the stock is empty"
				s.Attributes = withAttribute(s.GetAttributes(), "error.type", "*errors.errorString")
			}
		})},
		mustPass: []string{"error/handler"},
	},
	{
		// The conventions allow an error status for an error of the handler, even if the
		// response has a status code of 4xx.
		Mutant: Mutant{Name: "takes-what-a-handler-failed-with-for-an-error", Traces: changeServerSpans(func(s *tracepb.Span) {
			if strings.HasPrefix(stringAttribute(s.GetAttributes(), "url.path"), "/fail/4") {
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: "the stock is empty"}
				s.Attributes = withAttribute(s.GetAttributes(), "error.type", "*errors.errorString")
			}
		})},
		mustPass: []string{"error/handler"},
	},
	{
		Mutant:   Mutant{Name: "has-counted-errors-before", Serve: serveWrapped(increaseObservedCounts)},
		mustPass: []string{"error/handler-once"},
	},
	{
		Mutant: Mutant{Name: "does-not-see-what-a-recovery-answers", Traces: changeServerSpans(func(s *tracepb.Span) {
			if path := stringAttribute(s.GetAttributes(), "url.path"); path == "/write/aborted" || path == "/write/hijacked" || path == "/panic" {
				s.Attributes = withoutAttribute(s.GetAttributes(), "http.response.status_code")
			}
		})},
		mustPass: []string{"error/wire-status", "error/panic"},
	},
	{
		// An instrumentation outside the recovery sees the response and does not see the
		// panic.
		Mutant: Mutant{Name: "judges-a-panic-by-its-answer", Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			if os.Getenv("SAMESPAN_RECOVERY") == strconv.Itoa(http.StatusTeapot) {
				s.Status, s.Events = nil, nil
				s.Attributes = withIntAttribute(withoutAttribute(s.GetAttributes(), "error.type"), "http.response.status_code", http.StatusTeapot)
			}
		})},
		mustPass: []string{"error/panic"},
	},
	{
		Mutant: Mutant{Name: "names-panics-by-a-word", Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
			s.Attributes = withAttribute(s.GetAttributes(), "error.type", "panic")
		})},
		mustPass: []string{"error/panic"},
	},
	{
		Mutant:   Mutant{Name: "tells-panics-by-their-status", Traces: moveExceptionsToChildren},
		mustPass: []string{"error/exception", "error/panic"},
	},
	{
		// The conventions let an instrumentation record an exception as a log record instead of
		// an event. Log records may be exported later than the spans.
		Mutant: Mutant{
			Name: "logs-panics", Env: []string{"OTEL_BLRP_SCHEDULE_DELAY=500"},
			Instrument: logPanics,
			Traces: changeSpansOnPath("/panic", func(s *tracepb.Span) {
				s.Events = nil
				s.Attributes = withAttribute(s.GetAttributes(), "error.type", "500")
			}),
		},
		mustPass: []string{"error/exception", "error/panic"},
	},
	{
		Mutant: Mutant{Name: "names-the-error-of-a-client-that-left", Traces: changeServerSpans(func(s *tracepb.Span) {
			switch stringAttribute(s.GetAttributes(), "url.path") {
			case "/slow/30000":
				s.Attributes = withIntAttribute(withAttribute(s.GetAttributes(), "error.type", "java.io.IOException"), "http.response.status_code", 499)
			case "/endless":
				s.Attributes = withAttribute(s.GetAttributes(), "error.type", "java.io.IOException")
			case "/relay":
				// 502 is the status that the handler has written to the closed stream.
				s.Attributes = withIntAttribute(withAttribute(s.GetAttributes(), "error.type", "java.io.IOException"), "http.response.status_code", http.StatusBadGateway)
			}
		})},
		mustPass: []string{"error/disconnect", "error/reset"},
	},
	{
		Mutant: Mutant{
			Name: "names-the-error-of-a-truncated-response",
			Traces: changeServerSpans(func(s *tracepb.Span) {
				switch stringAttribute(s.GetAttributes(), "url.path") {
				case "/truncated/short", "/truncated/failing":
					s.Status.Message = "the disk is broken"
					s.Attributes = withAttribute(s.GetAttributes(), "error.type", "java.io.IOException")
				}
			}),
			Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
				if stringAttribute(point.GetAttributes(), "error.type") == "server_closed" {
					point.Attributes = withAttribute(point.GetAttributes(), "error.type", "java.io.IOException")
				}
			}),
		},
		mustPass: []string{"error/truncated"},
	},
	{
		// An instrumentation may choose whether a sub-request that is served in process
		// has a server span.
		Mutant: Mutant{Name: "does-not-observe-sub-requests", Traces: changeServerSpans(func(s *tracepb.Span) {
			if len(s.GetParentSpanId()) > 0 && s.GetFlags()&uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) == 0 {
				s.Kind = tracepb.Span_SPAN_KIND_INTERNAL
			}
		})},
		mustPass: []string{"error/sub-request"},
	},
}

// logPanics instruments a service with a middleware that exports a log record for each panic.
func logPanics(tel *core.Telemetry) func(http.Handler) http.Handler {
	log := slog.New(tel.LogHandler("orders", nil))
	observe := nethttpotel.Middleware(tel)
	return func(next http.Handler) http.Handler {
		return observe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if v := recover(); v != nil {
					log.ErrorContext(r.Context(), "panic", "exception.type", fmt.Sprintf("%T", v), "exception.message", fmt.Sprint(v),
						"exception.stacktrace", string(debug.Stack()))
					panic(v)
				}
			}()
			next.ServeHTTP(w, r)
		}))
	}
}

// replaceStatusCodeByName replaces a status code in error.type by a name.
func replaceStatusCodeByName(attributes []*commonpb.KeyValue) []*commonpb.KeyValue {
	status, err := strconv.Atoi(stringAttribute(attributes, "error.type"))
	if err != nil {
		return attributes
	}
	return withAttribute(attributes, "error.type", strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_"))
}

// increaseObservedCounts increases the counts in the response of GET /observed, like a service
// that has counted errors of its own.
func increaseObservedCounts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/observed" {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		var counted map[string]int
		if err := json.Unmarshal(answer.Body.Bytes(), &counted); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for key := range counted {
			counted[key] += 7
		}
		_ = json.NewEncoder(w).Encode(counted)
	})
}

// moveExceptionsToChildren moves the exception of a panic from the server span to a child
// span, like an instrumentation that has a span for the handler. It sets error.type of the
// server span to the status code.
func moveExceptionsToChildren(r *collectortrace.ExportTraceServiceRequest) {
	for _, resource := range r.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			var added []*tracepb.Span
			for _, s := range scope.GetSpans() {
				if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER || len(s.GetEvents()) == 0 {
					continue
				}
				if status := statusCode(s); status != 0 {
					s.Attributes = withAttribute(s.GetAttributes(), "error.type", strconv.Itoa(status))
				}
				below := newInsertedSpan(s.GetTraceId(), s.GetSpanId(), s.GetSpanId(), s)
				below.Events, s.Events = s.GetEvents(), nil
				added = append(added, below)
			}
			scope.Spans = append(scope.Spans, added...)
		}
	}
}
