package flush

import (
	"net"
	"net/http"
	"slices"
	"sync"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// answerChecks returns the checks with a server that answers exports but does not accept
// them: a collector that rejects large batches, or a server that is no collector at all.
func answerChecks() []check.Check {
	return []check.Check{
		{
			ID:    "flush/refused-answer",
			Level: check.Choice,
			Rule: "If an export is redirected to another host, that host does not receive the headers that are configured for exports. If the response is a redirect, or " +
				"a web page instead of OTLP, the service exits with its usual status. If it has the capability \"loss reports\", it counts the spans as lost.",
			Source: `bug reports of other instrumentations; the OTLP specification, "All Other Responses", leaves redirects to HTTP`,
			Needs:  []contract.Capability{contract.Lifecycle, contract.HTTPProtobuf},
			Run:    checkRefusedExports,
		},
		{
			ID:     "flush/too-large",
			Level:  check.Choice,
			Rule:   "A batch that is too large for the collector is divided until it arrives.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Lifecycle},
			Env:    exportOnlyAtShutdown,
			Own:    true,
			Run:    checkTooLargeBatch,
		},
	}
}

// checkTooLargeBatch makes the service export a batch that the collector rejects as too
// large. The collector would accept each span alone, so all spans must arrive.
func checkTooLargeBatch(p *probe.Probe) {
	// The limit is much less than the size of all spans, but more than that of one span and a
	// resource with a long command line. The batch is large because of many requests: some
	// frameworks refuse long parameters.
	const requests, limit = 200, 32 << 10
	p.Receiver().SetResponse(otlptest.Limit(limit))
	exchanges, _ := p.Together(requests, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
	p.Answered(exchanges, http.StatusOK)
	stopCleanly(p)
	checkArrivedOnce(p, exchanges, "process_item_logic")
}

// exportHeaderValue is the value of a header that must be sent to the configured
// collector only.
const exportHeaderValue = "the-key-of-the-suite"

// checkRefusedExports checks a service whose exports are answered with a page or a redirect
// instead of being accepted. The spans are lost, as with a broken collector. The service
// must not send the configured header to the target of the redirect.
func checkRefusedExports(p *probe.Probe) {
	spansPerRequest := p.SpansPerRequest()
	redirectTarget := startNonCollector(p, faultnet.Answer(http.StatusOK, "application/x-protobuf", ""))
	// The redirect leads to localhost, which is another host name than that of the configured
	// endpoint, 127.0.0.1.
	_, port, _ := net.SplitHostPort(redirectTarget.server.Addr())
	location := "http://localhost:" + port + "/v1/traces"
	for _, answer := range []struct {
		what    string
		handler http.Handler
	}{
		{"with a web page", faultnet.Answer(http.StatusOK, "text/html; charset=utf-8", "<html><title>Sign in</title></html>")},
		{"with 302, a redirect to another host", faultnet.Redirect(location, http.StatusFound)},
		{"with 307, a redirect to another host", faultnet.Redirect(location, http.StatusTemporaryRedirect)},
	} {
		exportTarget := startNonCollector(p, answer.handler)
		p.With([]string{
			shortShutdownTimeout, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT=" + exportTarget.server.URL(),
			"OTEL_EXPORTER_OTLP_HEADERS=x-api-key=" + exportHeaderValue,
		}, func() {
			const requests = 137
			exchanges, _ := p.Together(requests, 4, func(int) wire.Request { return wire.Get("/process/" + p.Unique()) })
			p.Answered(exchanges, http.StatusOK)
			stopAndCheckLoss(p, spansPerRequest*requests)
			p.True(exportTarget.hasReceivedAPIKey(exportHeaderValue), "header X-Api-Key of exports to a server that responds "+answer.what, "none", "the value in OTEL_EXPORTER_OTLP_HEADERS")
			p.True(!redirectTarget.hasReceivedAPIKey(exportHeaderValue), "header X-Api-Key of exports to a server that responds "+answer.what, "sent to the target of the redirect", "sent only to the configured endpoint")
		})
	}
}

// nonCollector is an HTTP server to which the service exports, but which is not a
// collector. It stores the headers of all requests.
type nonCollector struct {
	server *faultnet.Server

	mu      sync.Mutex
	headers []http.Header
}

// startNonCollector starts a nonCollector that answers with handler. It is closed when the
// check ends.
func startNonCollector(p *probe.Probe, handler http.Handler) *nonCollector {
	s := &nonCollector{}
	var err error
	s.server, err = faultnet.Serve("127.0.0.1:0", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.headers = append(s.headers, r.Header.Clone())
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	if err != nil {
		p.Cannot("start a server in place of the collector: %w", err)
	}
	p.Cleanup(func() { _ = s.server.Close() })
	return s
}

// hasReceivedAPIKey reports whether the header X-Api-Key of any request had the value.
func (s *nonCollector) hasReceivedAPIKey(value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.headers, func(header http.Header) bool { return slices.Contains(header["X-Api-Key"], value) })
}
