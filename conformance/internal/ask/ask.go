// Package ask determines which capabilities a service has by trying them. To start the
// service and send requests, it imports contract, probe, service, wire, otlptest and faultnet.
package ask

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// askTimeout limits the time for one start of the service and the requests to it.
const askTimeout = service.StartTime + 30*time.Second

// Asker determines the capabilities of a service by trying them.
type Asker struct {
	// Subject is the subject's declaration.
	Subject *probe.Declared
	Start   service.Starter
	// Addr is the address that the service listens on; "" means a free address.
	Addr string

	foundCapabilities []contract.Capability
	// spansPerRequest is the result of [probe.Probe.SpansPerRequest].
	spansPerRequest int
}

// Ask returns the capabilities that were found. It returns an error if the service cannot
// be tried, for example because it does not start.
func (a *Asker) Ask(ctx context.Context) ([]contract.Capability, error) {
	a.foundCapabilities = nil
	if err := a.withService(ctx, a.tryWithoutRestart, "SAMESPAN_OPT_IN=active_requests,body_sizes"); err != nil {
		return nil, err
	}
	for _, about := range contract.Abouts() {
		if about.Refused != "" {
			a.addIfSupported(about.Capability, a.supportsVariable(ctx, about.Capability, about.Variable, about.Refused))
		}
	}
	a.tryWithVariable(ctx, contract.CapturedHeaders, capturesHeaders, "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=X-Probe")
	a.tryWithVariable(ctx, contract.KnownMethods, replacesMethods, "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=GET")
	a.tryWithVariable(ctx, contract.QueryKeys, redactsQuery, "SAMESPAN_SENSITIVE_QUERY_KEYS=token")
	a.addIfSupported(contract.HTTPProtobuf, a.exportsOverHTTP(ctx))
	a.addIfSupported(contract.LossReports, a.reportsLosses(ctx))
	if second, err := service.FreeAddress(); err == nil {
		a.tryWithVariable(ctx, contract.TwoServers, func(p *probe.Probe) bool { return acceptsConnections(p.Context(), second) }, "SAMESPAN_ADMIN_ADDR="+second)
	}
	if variable := a.Subject.ExcludeVariable; variable != "" {
		a.tryWithVariable(ctx, contract.ExclusionRules, func(p *probe.Probe) bool { return !recordsRequest(p, wire.Get("/status/200")) }, variable+"=status")
	}
	slices.SortFunc(a.foundCapabilities, func(x, y contract.Capability) int {
		all := contract.Capabilities()
		return slices.Index(all, x) - slices.Index(all, y)
	})
	return a.foundCapabilities, nil
}

// addIfSupported adds c to foundCapabilities if isSupported is true.
func (a *Asker) addIfSupported(c contract.Capability, isSupported bool) {
	if isSupported {
		a.foundCapabilities = append(a.foundCapabilities, c)
	}
}

// withService starts the service with the environment variables env, waits until it
// answers and exports, and calls f.
func (a *Asker) withService(ctx context.Context, f func(*probe.Probe), env ...string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	started, err := service.Start(ctx, a.Start, a.Subject.Name, a.Addr, "", env)
	if err != nil {
		return err
	}
	defer started.Kill()
	p := probe.New(ctx, a.Subject, probe.Services{Own: func() (*service.Instance, error) { return started, nil }})
	return p.Judge(func(p *probe.Probe) {
		p.Settle()
		f(p)
	}).Err
}

// tryWithVariable starts the service with variable, an environment variable as NAME=value.
// It adds the capability c if test reports that the service has c.
func (a *Asker) tryWithVariable(ctx context.Context, c contract.Capability, test func(*probe.Probe) bool, variable string) {
	isSupported := false
	err := a.withService(ctx, func(p *probe.Probe) { isSupported = test(p) }, variable)
	a.addIfSupported(c, isSupported && err == nil)
}

// supportsVariable reports whether the service supports the environment variable of the
// capability c. The service must start with variable, and must refuse to start with invalid,
// which is the same variable with an invalid value. If [serviceCapabilityTests] has a test
// for c, the service must also pass that test.
func (a *Asker) supportsVariable(ctx context.Context, c contract.Capability, variable, invalid string) bool {
	if a.starts(ctx, invalid) {
		return false
	}
	test, ok := serviceCapabilityTests[c]
	if !ok {
		return a.starts(ctx, variable)
	}
	isSupported := false
	err := a.withService(ctx, func(p *probe.Probe) { isSupported = test(p) }, variable)
	return isSupported && err == nil
}

// starts reports whether the service starts with the environment variable, NAME=value.
func (a *Asker) starts(ctx context.Context, variable string) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	started, err := service.Start(ctx, a.Start, a.Subject.Name, a.Addr, "", []string{variable})
	if err == nil {
		started.Kill()
	}
	return err == nil
}

// tryWithoutRestart tries the capabilities for which the service need not be restarted.
func (a *Asker) tryWithoutRestart(p *probe.Probe) {
	a.spansPerRequest = p.SpansPerRequest()
	answers := func(r wire.Request, status int) bool { return p.Send(r).Response.Status == status }
	foo := wire.Request{Method: "FOO", Target: "/process/1"}
	a.addIfSupported(contract.Lifecycle, answers(wire.Post("/lifecycle/flush", ""), http.StatusOK))
	a.addIfSupported(contract.Background, answers(wire.Get("/background"), http.StatusAccepted))
	a.addIfSupported(contract.Exclusion, answers(wire.Get("/healthz"), http.StatusOK) && serves(p, "/metrics") && serves(p, "/docs") && !recordsRequest(p, wire.Get("/healthz")))
	a.addIfSupported(contract.HTTP2, speaksHTTP2(p))
	a.addIfSupported(contract.ResponseWriter, answers(wire.Get("/writer"), http.StatusOK) && serves(p, "/abort"))
	a.addIfSupported(contract.UnknownMethods, recordsRequest(p, foo))
	a.addIfSupported(contract.MethodNotAllowed, answers(wire.Post("/process/1", "{}"), http.StatusMethodNotAllowed))
	a.addIfSupported(contract.HandlerErrors, observesErrors(p))
	a.addIfSupported(contract.SubRequests, answers(wire.Post("/batch", "[]"), http.StatusOK))
	p.Send(wire.Post("/echo", "{}"))
	a.addIfSupported(contract.Metrics, exportsMetric(p, httpMetricPrefix))
	a.addIfSupported(contract.ActiveRequests, exportsMetric(p, probe.ActiveMetric))
	a.addIfSupported(contract.BodySizes, exportsMetric(p, probe.ResponseSizeMetric))
	a.addIfSupported(contract.Disconnect, serves(p, "/endless") && endsOnDisconnect(p))
}

// serves reports whether the service has a route for a GET request to target. It does not
// wait for the end of the response.
func serves(p *probe.Probe, target string) bool {
	t := p.Talk(wire.Get(target))
	defer t.Conn.Close()
	return t.Head() == nil && !contract.IsMissing(t.Response.Status)
}

// recordsRequest sends a request and reports whether the service exports a server span for it.
func recordsRequest(p *probe.Probe, r wire.Request) bool {
	x := p.Send(r)
	p.Settle()
	return len(p.SettledServers(x)) > 0
}

// observesErrors reports whether GET /observed counts the error of GET /fail/500.
func observesErrors(p *probe.Probe) bool {
	p.Send(wire.Get("/fail/500"))
	var observed map[string]int
	err := json.Unmarshal([]byte(p.Send(wire.Get("/observed")).Response.Body), &observed)
	return err == nil && observed["error_handler"]+observed["outer_errors"] > 0
}

// httpMetricPrefix is the prefix of the names of all HTTP server metrics, including those of
// older semantic conventions.
const httpMetricPrefix = "http.server."

// exportsMetric reports whether the service exports a metric whose name begins with namePrefix.
func exportsMetric(p *probe.Probe, namePrefix string) bool {
	return p.Within(probe.Lateness, func() bool {
		return slices.ContainsFunc(p.Receiver().Metrics(), func(m otlptest.Metric) bool { return strings.HasPrefix(m.Name(), namePrefix) })
	})
}

// endsOnDisconnect reports whether the span ends when the client disconnects, long before
// the handler would return.
func endsOnDisconnect(p *probe.Probe) bool {
	x, waited := p.TryToLeave(wire.Get("/slow/30000"))
	return waited && len(p.SettledServers(x)) > 0
}

func speaksHTTP2(p *probe.Probe) bool {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}, Timeout: probe.Lateness}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, "http://"+p.Address()+"/process/1", http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK && response.ProtoMajor == 2
}

// capturesHeaders reports whether the server span has the request header X-Probe as an
// attribute.
func capturesHeaders(p *probe.Probe) bool {
	x := p.Send(wire.Get("/process/1", "X-Probe: one"))
	p.Settle()
	servers := p.SettledServers(x)
	return len(servers) == 1 && servers[0].Attr("http.request.header.x-probe") != nil
}

// replacesMethods reports whether a service records the method of a POST request as _OTHER.
// The service must have been started with a list of known methods without POST.
func replacesMethods(p *probe.Probe) bool {
	x := p.Send(wire.Post("/echo", "{}"))
	p.Settle()
	servers := p.SettledServers(x)
	return len(servers) == 1 && servers[0].Attr("http.request.method") == "_OTHER"
}

// redactsQuery reports whether url.query is recorded without the value of the key "token".
// The service must have been started with SAMESPAN_SENSITIVE_QUERY_KEYS=token.
func redactsQuery(p *probe.Probe) bool {
	x := p.Send(wire.Get("/process/1?token=hidden&page=2"))
	p.Settle()
	servers := p.SettledServers(x)
	if len(servers) != 1 {
		return false
	}
	query, _ := servers[0].Attr("url.query").(string)
	return strings.Contains(query, "page=2") && !strings.Contains(query, "hidden")
}

// exportsOverHTTP reports whether the service exports spans to a collector over http/protobuf.
func (a *Asker) exportsOverHTTP(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var posted atomic.Bool
	collector, err := faultnet.Serve("127.0.0.1:0", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			posted.Store(true)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		w.WriteHeader(http.StatusOK)
	}))
	if err != nil {
		return false
	}
	defer func() { _ = collector.Close() }()
	started, err := service.Start(ctx, a.Start, a.Subject.Name, a.Addr, "", []string{
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL(),
	})
	if err != nil {
		return false
	}
	defer started.Kill()
	p := probe.New(ctx, a.Subject, probe.Services{Own: func() (*service.Instance, error) { return started, nil }})
	exports := false
	found := p.Judge(func(p *probe.Probe) {
		p.Send(wire.Get("/process/1"))
		exports = p.Within(probe.Lateness, posted.Load)
	})
	return exports && found.Err == nil
}

func acceptsConnections(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, probe.Lateness)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
