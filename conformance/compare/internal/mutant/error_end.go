package mutant

import (
	"net/http"
	"net/http/httptest"

	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// responseEndMutants misjudge whether a response was sent completely.
var responseEndMutants = []Mutant{
	{
		Name: "takes-a-client-that-left-for-a-failure", Breaks: []string{"error/disconnect", "error/reset"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "error.type") == "client_disconnected" {
				s.Attributes = withAttribute(s.GetAttributes(), "error.type", "500")
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
			}
		}),
	},
	{
		Name: "forgives-a-client-that-left", Breaks: []string{"error/disconnect"},
		Traces: changeSpansOnPath("/endless", func(s *tracepb.Span) {
			if s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR {
				s.Status = nil
			}
		}),
	},
	{
		Name: "gives-a-status-to-what-was-not-answered", Breaks: []string{"error/disconnect"},
		Traces: changeSpansOnPath("/slow/30000", func(s *tracepb.Span) {
			if !isHTTP2(s) {
				s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusOK)
			}
		}),
	},
	{
		Name: "does-not-see-a-reset", Breaks: []string{"error/reset"},
		Traces: changeSpansOnPath("/slow/30000", func(s *tracepb.Span) {
			if isHTTP2(s) {
				s.Status = nil
				s.Attributes = withIntAttribute(withoutAttribute(s.GetAttributes(), "error.type"), "http.response.status_code", http.StatusOK)
			}
		}),
	},
	{
		Name: "believes-what-is-written-after-a-reset", Breaks: []string{"error/reset"},
		Traces: changeSpansOnPath("/relay", func(s *tracepb.Span) {
			if isHTTP2(s) {
				s.Attributes = withIntAttribute(withAttribute(s.GetAttributes(), "error.type", "502"), "http.response.status_code", http.StatusBadGateway)
			}
		}),
	},
	{
		Name: "does-not-see-that-a-handler-wrote-less", Breaks: []string{"error/truncated"},
		Traces: changeSpansOnPath("/truncated/short", func(s *tracepb.Span) {
			s.Status = nil
			s.Attributes = withoutAttribute(s.GetAttributes(), "error.type")
		}),
	},
	{
		Name: "does-not-see-that-a-body-failed", Breaks: []string{"error/truncated"},
		Traces: changeSpansOnPath("/truncated/failing", func(s *tracepb.Span) { s.Status = nil }),
	},
	{
		Name: "measures-a-truncated-response-as-a-success", Breaks: []string{"error/truncated"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "http.route") == "/truncated/{kind}" {
				point.Attributes = withoutAttribute(point.GetAttributes(), "error.type")
			}
		}),
	},
	{
		Name: "gives-another-status-to-a-truncated-response", Breaks: []string{"error/truncated"},
		Traces: changeSpansOnPath("/truncated/failing", func(s *tracepb.Span) {
			s.Attributes = withIntAttribute(s.GetAttributes(), "http.response.status_code", http.StatusInternalServerError)
		}),
	},
	{
		Name: "completes-a-truncated-response", Breaks: []string{"error/truncated"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/truncated/short" {
					next.ServeHTTP(w, r)
					return
				}
				answer := httptest.NewRecorder()
				next.ServeHTTP(answer, r)
				_, _ = w.Write(answer.Body.Bytes())
			})
		},
	},
	{
		Name: "takes-every-declared-length-for-a-truncated-response", Breaks: []string{"error/truncated"},
		Traces: changeSpansOnPath("/truncated/whole", func(s *tracepb.Span) {
			s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
			s.Attributes = withAttribute(s.GetAttributes(), "error.type", "server_closed")
		}),
	},
	{
		Name: "lets-a-client-hide-a-failure", Breaks: []string{"error/answered"},
		Traces: changeSpansOnPath("/deaf/500", func(s *tracepb.Span) {
			s.Status = nil
			s.Attributes = withAttribute(s.GetAttributes(), "error.type", "client_disconnected")
		}),
	},
	{
		Name: "takes-the-end-of-a-context-for-a-failure", Breaks: []string{"error/answered"},
		Traces: changeSpansOnPath("/late/200", func(s *tracepb.Span) {
			s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
			s.Attributes = withAttribute(s.GetAttributes(), "error.type", "client_disconnected")
		}),
	},
	{
		Name: "lets-a-client-hide-a-failure-from-metrics", Breaks: []string{"error/answered"},
		Metrics: changeHistogramPoints(durationMetric, func(point *metricspb.HistogramDataPoint) {
			if stringAttribute(point.GetAttributes(), "http.route") == "/deaf/{code}" && stringAttribute(point.GetAttributes(), "error.type") != "" {
				point.Attributes = withAttribute(point.GetAttributes(), "error.type", "client_disconnected")
			}
		}),
	},
}

// isHTTP2 reports whether the span belongs to an HTTP/2 request.
func isHTTP2(s *tracepb.Span) bool {
	return stringAttribute(s.GetAttributes(), "network.protocol.version") == "2"
}
