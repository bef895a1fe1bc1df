package httpserver

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
	"github.com/samespan/samespan/core/httpserver/internal/redact"
	"github.com/samespan/samespan/core/httpserver/internal/setting"
	"github.com/samespan/samespan/core/httpserver/internal/tracecontext"
	"github.com/samespan/samespan/internal/contextvalue"
)

// Source provides the engine to an adapter. *core.Telemetry and [*Engine]
// implement it. Applications may implement Source; no methods will be added to
// it.
type Source interface {
	// HTTPEngine returns the engine, or nil if there is none.
	HTTPEngine() *Engine
}

// Engine holds what all adapters of a service share: the providers, the
// exclusion rules and the other settings of its [Config]. Its methods are safe
// for concurrent use. An Engine is made by [New], and must not be copied.
type Engine struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider

	// excludeRules are for frameworks that are not in excludeRulesByFramework.
	excludeRules *ruleSet
	// excludeRulesByFramework holds rules by the name of the framework, in lower case.
	excludeRulesByFramework map[string]*ruleSet

	methods *methods
	// requestHeaders and responseHeaders are the headers to capture.
	requestHeaders  []capturedHeader
	responseHeaders []capturedHeader
	// redactedHeaders selects the captured headers whose values are redacted.
	redactedHeaders headerPatterns
	// sensitiveKeys are the keys of a query whose values are redacted.
	sensitiveKeys  map[string]struct{}
	omitQuery      bool
	routeFormat    RouteFormat
	trustedProxies forwarded.Proxies
	// publicEndpoint is the user's function, or nil.
	publicEndpoint func(*Request) bool
	// publicEndpointRunner calls publicEndpoint and recovers its panics.
	publicEndpointRunner hookRunner
	// propagatorRunner calls a propagator that is not the default, and recovers its panics.
	propagatorRunner  hookRunner
	keepPublicBaggage bool
	// excludeFunc is the user's function, or nil.
	excludeFunc func(*Request) bool
	// excludeFuncRunner calls excludeFunc and recovers its panics.
	excludeFuncRunner hookRunner
	addTraceResponse  bool
	errorHandler      otel.ErrorHandler
	// callerReader reads the caller's span context and baggage from the headers.
	callerReader tracecontext.Reader
	// samplerAddsAttributes is set if the provider has core's sampler, which adds the start
	// attributes to a span. Otherwise the attributes are passed to Tracer.Start.
	samplerAddsAttributes bool
	// recordsBodySizes and recordsActiveRequests enable Opt-In telemetry.
	recordsBodySizes, recordsActiveRequests bool
	// endAttributeCount is the number of attributes that End usually adds to a span if
	// the route is known.
	endAttributeCount int
	// serverClosed is set when the server closes its connections, and serverStopping when
	// it is about to stop.
	serverClosed, serverStopping atomic.Bool

	// mu guards instrumentations.
	mu               sync.Mutex
	instrumentations map[Framework]*Instrumentation

	// waiters is the number of goroutines in Wait.
	waiters atomic.Int32
	// wakeup wakes one goroutine in Wait for each value that is sent.
	wakeup chan struct{}
}

// New returns an engine with the given providers, which the caller must shut down. The
// error names every invalid setting, with its value.
func New(config Config) (*Engine, error) {
	e := &Engine{
		meters:               config.MeterProvider,
		callerReader:         tracecontext.NewReader(config.Propagator),
		omitQuery:            config.WithoutQuery,
		routeFormat:          config.RouteFormat,
		publicEndpoint:       config.PublicEndpoint,
		errorHandler:         errorHandler(config),
		publicEndpointRunner: hookRunner{name: "PublicEndpoint", errorHandler: errorHandler(config)},
		propagatorRunner:     hookRunner{name: "Propagator", errorHandler: errorHandler(config)},
		keepPublicBaggage:    config.PublicBaggage,
		excludeFunc:          config.ExcludeFunc,
		excludeFuncRunner:    hookRunner{name: "ExcludeFunc", errorHandler: errorHandler(config)},
		addTraceResponse:     config.ResponseTraceContext,
		instrumentations:     make(map[Framework]*Instrumentation),
		wakeup:               make(chan struct{}, 1),
	}
	e.tracers, e.samplerAddsAttributes = contextvalue.Provider(config.TracerProvider)

	var problems []error
	if isNil(e.tracers) {
		problems = append(problems, settingError("TracerProvider", nil, fmt.Errorf("httpserver: Config.TracerProvider is %s, want a tracer provider, such as that of trace/noop for no spans", describeNil(e.tracers))))
	}
	if isNil(e.meters) {
		problems = append(problems, settingError("MeterProvider", nil, fmt.Errorf("httpserver: Config.MeterProvider is %s, want a meter provider, such as that of metric/noop for no metrics", describeNil(e.meters))))
	}
	if config.ForwardedHeaders < ForwardedOrX || config.ForwardedHeaders > XForwardedOnly {
		problems = append(problems, settingError("ForwardedHeaders", int(config.ForwardedHeaders), setting.Invalid("Config.ForwardedHeaders", fmt.Sprint(int(config.ForwardedHeaders)), "ForwardedOrX, ForwardedOnly or XForwardedOnly")))
	}
	if e.routeFormat != RouteNative && e.routeFormat != RouteBraces {
		problems = append(problems, settingError("RouteFormat", int(config.RouteFormat), setting.Invalid("Config.RouteFormat", fmt.Sprint(int(e.routeFormat)), "RouteNative or RouteBraces")))
	}
	problems = append(problems, e.configure(config)...)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return e, nil
}

// isNil reports whether a provider is nil or a nil pointer, such as the result of a constructor
// that has failed.
func isNil(provider any) bool {
	v := reflect.ValueOf(provider)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// describeNil describes a provider for which isNil is true.
func describeNil(provider any) string {
	if provider == nil {
		return "nil"
	}
	return fmt.Sprintf("a nil %T", provider)
}

// errorHandler returns the handler of config, or one that calls the global
// handler set at the time of the error.
func errorHandler(config Config) otel.ErrorHandler {
	if config.ErrorHandler != nil {
		return config.ErrorHandler
	}
	return otel.ErrorHandlerFunc(otel.Handle)
}

// configure parses the settings. Environment variables take precedence over the fields of
// config.
func (e *Engine) configure(config Config) (problems []error) {
	check := func(field string, value any, err error) {
		if err = settingError(field, value, err); err != nil {
			problems = append(problems, err)
		}
	}
	checkField := func(field string, value any) func(error) {
		return func(err error) { check(field, value, err) }
	}
	for _, list := range []struct {
		field    string
		elements []string
	}{
		{"Exclude", config.Exclude}, {"KnownMethods", config.KnownMethods}, {"CapturedRequestHeaders", config.CapturedRequestHeaders},
		{"CapturedResponseHeaders", config.CapturedResponseHeaders}, {"TrustedProxies", config.TrustedProxies},
		{"SanitizedHeaders", config.SanitizedHeaders}, {"SensitiveQueryKeys", config.SensitiveQueryKeys},
	} {
		check(list.field, list.elements, checkNotEmpty(list.field, list.elements))
	}
	for _, conflict := range []struct {
		field, list string
		enabled     bool
		elements    []string
	}{
		{"UnsanitizedHeaders", "SanitizedHeaders", config.UnsanitizedHeaders, config.SanitizedHeaders},
		{"UnredactedQuery", "SensitiveQueryKeys", config.UnredactedQuery, config.SensitiveQueryKeys},
	} {
		if conflict.enabled && len(conflict.elements) > 0 {
			check(conflict.field, conflict.enabled, fmt.Errorf("httpserver: Config.%s is set together with Config.%s %q, want only one of them", conflict.field, conflict.list, conflict.elements))
		}
	}
	if config.PublicBaggage && config.PublicEndpoint == nil {
		check("PublicBaggage", true, errors.New("httpserver: Config.PublicBaggage is set without Config.PublicEndpoint, want both: the baggage of a trusted caller is kept anyway"))
	}
	environment := newEnvironment(config)

	e.excludeRules = newRuleSet(newRuleSetting("OTEL_GO_EXCLUDED_URLS").read(environment, config.Exclude, checkField("Exclude", config.Exclude)))
	e.excludeRulesByFramework = make(map[string]*ruleSet)
	for _, name := range frameworksWithRules() {
		rules := newRuleSetting(excludeVariable(name)).read(environment, nil, checkField(name, nil))
		if rules != nil && rules.Len() > 0 {
			e.excludeRulesByFramework[name] = newRuleSet(rules)
		}
	}
	e.methods = newListSetting("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", newMethods).
		read(environment, config.KnownMethods, checkField("KnownMethods", config.KnownMethods))
	sanitized := config.SanitizedHeaders
	if config.UnsanitizedHeaders {
		sanitized = []string{}
	}
	e.redactedHeaders = newListSetting("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", newHeaderPatterns).
		read(environment, sanitized, checkField("SanitizedHeaders", config.SanitizedHeaders))
	captured := func(prefix string) func([]string) ([]capturedHeader, error) {
		return func(names []string) ([]capturedHeader, error) {
			return newCapturedHeaders(prefix, names, e.redactedHeaders)
		}
	}
	e.requestHeaders = newListSetting("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", captured(requestHeaderKeyPrefix)).
		read(environment, config.CapturedRequestHeaders, checkField("CapturedRequestHeaders", config.CapturedRequestHeaders))
	e.responseHeaders = newListSetting("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", captured(responseHeaderKeyPrefix)).
		read(environment, config.CapturedResponseHeaders, checkField("CapturedResponseHeaders", config.CapturedResponseHeaders))
	trustedProxies, err := forwarded.Parse(config.TrustedProxies)
	e.trustedProxies = trustedProxies
	e.trustedProxies.Headers = forwarded.Headers(config.ForwardedHeaders)
	check("TrustedProxies", config.TrustedProxies, err)
	optIn := optInVariable.read(environment, [2]bool{config.BodySizes, config.ActiveRequests}, checkField("BodySizes", config.BodySizes))
	e.recordsBodySizes, e.recordsActiveRequests = optIn[0], optIn[1]
	e.endAttributeCount = 1 + len(e.responseHeaders)
	if e.recordsBodySizes {
		e.endAttributeCount += 2
	}

	keys := config.SensitiveQueryKeys
	if keys == nil && !config.UnredactedQuery {
		keys = redact.DefaultQueryKeys
	}
	e.sensitiveKeys = make(map[string]struct{}, len(keys))
	for _, key := range keys {
		if strings.TrimSpace(key) == "" {
			check("SensitiveQueryKeys", config.SensitiveQueryKeys, setting.Invalid("sensitive query key", key, "a key such as token"))
		}
		e.sensitiveKeys[key] = struct{}{}
	}
	return problems
}

// HTTPEngine returns e, so that an Engine is a [Source].
func (e *Engine) HTTPEngine() *Engine { return e }

// TracerProvider returns the provider of server spans.
func (e *Engine) TracerProvider() trace.TracerProvider { return e.tracers }

// MeterProvider returns the provider of the instruments.
func (e *Engine) MeterProvider() metric.MeterProvider { return e.meters }

// Propagator returns the propagator that extracts the caller's context.
func (e *Engine) Propagator() propagation.TextMapPropagator { return e.callerReader.Propagator() }

// ServerStopping tells the engine that the service is shutting down: from now on,
// adapters ask clients to close their connections. Serve of package core calls it.
func (e *Engine) ServerStopping() { e.serverStopping.Store(true) }

// ServerClosed tells the engine that the service is about to close the connections of
// requests in progress. From now on, a response that is cut off is attributed to the
// server, not to its client. Serve of package core calls it at the end of the grace
// period.
func (e *Engine) ServerClosed() { e.serverClosed.Store(true) }

// maxResponseWait is how long Wait waits for incomplete responses after all handlers have
// returned. Adapters that cannot detect that a response is complete stop waiting for it
// after half of this time.
const maxResponseWait = 2 * time.Second

// Wait waits until every exchange that has started has ended. If ctx is done first, it
// returns an error with the number of open exchanges. Call it after draining a server and
// before flushing: the last spans may end shortly after the last byte is sent.
//
// If the handlers of all open exchanges have returned but responses are incomplete, Wait
// returns an error after two seconds. A server that abandons a response, as fasthttp does on
// a timeout, may never report that the response has ended.
func (e *Engine) Wait(ctx context.Context) error {
	e.waiters.Add(1)
	defer e.waiters.Add(-1)
	var waitLimit <-chan time.Time
	for {
		open, returned := e.countOpenExchanges()
		switch {
		case open == 0:
			e.wake() // for other goroutines that wait
			return nil
		case returned < open:
			waitLimit = nil
		case waitLimit == nil:
			waitLimit = time.After(maxResponseWait)
		}
		select {
		case <-e.wakeup:
		case <-waitLimit:
			e.wake()
			return fmt.Errorf("httpserver: %s handled, but the end of the response was not observed: the span is lost", formatRequestCount(open))
		case <-ctx.Done():
			return fmt.Errorf("httpserver: %s still in progress: %w", formatRequestCount(open), context.Cause(ctx))
		}
	}
}

// formatRequestCount formats a number of requests, such as "1 request" or "2 requests".
func formatRequestCount(n int64) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// countOpenExchanges returns the number of open exchanges, and the number of those whose
// handlers have returned.
func (e *Engine) countOpenExchanges() (open, returned int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, instrumentation := range e.instrumentations {
		open += instrumentation.activeRequests.countOpenExchanges()
		returned += instrumentation.activeRequests.returnedCount.Load()
	}
	return open, returned
}

// notifyWaiters tells Wait that an exchange has ended or its handlers have returned.
func (e *Engine) notifyWaiters() {
	if e.waiters.Load() > 0 {
		e.wake()
	}
}

// wake wakes one goroutine in Wait, unless a wakeup is already pending.
func (e *Engine) wake() {
	select {
	case e.wakeup <- struct{}{}:
	default:
	}
}
