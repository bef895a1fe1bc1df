package httpserver

import (
	"context"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver/internal/forwarded"
	"github.com/samespan/samespan/core/httpserver/internal/redact"
	"github.com/samespan/samespan/internal/contextvalue"
	"github.com/samespan/samespan/internal/hostport"
)

var (
	serverKindOption   = trace.WithSpanKind(trace.SpanKindServer)
	internalKindOption = trace.WithSpanKind(trace.SpanKindInternal)
)

// Start begins the exchange of a request. It returns the context for the request's
// handlers, which contains the server span and the caller's baggage. ctx is the
// framework's context of the request. The caller must call End once, even if a handler
// panics.
func (i *Instrumentation) Start(ctx context.Context, req *Request) (context.Context, *Exchange) {
	return i.StartRouted(ctx, req, nil)
}

// StartRouted is [Instrumentation.Start] for frameworks in which it takes work to find
// the route: it sets req.Route to the result of route. It calls route only if the request
// is recorded, or if the [Config] has a PublicEndpoint or an ExcludeFunc, which may read
// the route. If route is nil, req.Route is not changed.
func (i *Instrumentation) StartRouted(ctx context.Context, req *Request, route func() string) (context.Context, *Exchange) {
	if i.engine.publicEndpoint != nil || i.engine.excludeFunc != nil {
		req.setRoute(route) // the user's functions may read the route, even if the request is excluded
		route = nil
	}
	open, suppressed := exchangeFrom(ctx)
	if open != nil && open.isEnded() {
		open = nil
	}
	if open != nil {
		i.engine.fillRequest(req)
		if open.isUpgradedTo(req) {
			ctx, open = withoutRequest(ctx), nil
		}
	}
	switch {
	case suppressed:
		return ctx, excludedExchange
	case open != nil:
		req.setRoute(route)
		x := &Exchange{mode: modeNested, instrumentation: i, path: validText(req.Path)}
		x.setMount(req)
		x.ensureRare().outer = open
		x.rare.innerRoutesAtStart = open.countInnerRoutes()
		if req.StartAttributes != nil {
			x.rare.startAttributes = i.appendFromHook(nil, &i.startAttributesRunner, req.StartAttributes)
		}
		return ctx, x
	}
	if i.engine.isExcluded(i.excludeRules, req) {
		return i.engine.suppressedContext(ctx, req), excludedExchange
	}

	if i.telemetryOff {
		return i.telemetryOffContext(ctx, req), noopExchange
	}

	i.engine.fillRequest(req)
	req.setRoute(route)
	origin := i.engine.clientAndTarget(req)
	method := i.engine.methods.lookup(req.Method)
	x := &Exchange{
		instrumentation: i, https: origin.HTTPS, version: versionOf(req.Protocol), path: validText(req.Path),
	}
	x.setMount(req)
	x.operation = x.operationFor(method, req.Route)

	scratch := getScratch()
	scratch.startOptions = append(scratch.startOptions[:0], serverKindOption)
	parent := trace.SpanContextConfig{Remote: true}
	parentCtx, isCallerParent, isUnderServerSpan := i.engine.chooseParent(ctx, req, &parent)
	public := i.engine.isPublic(req)
	switch {
	case !public:
		ctx = parentCtx
	case i.engine.keepPublicBaggage:
		ctx = withBaggage(ctx, parentCtx)
	}
	switch {
	case isUnderServerSpan:
		x.mode = modeInternal
		scratch.startOptions[0] = internalKindOption
	case !public:
		if isCallerParent && i.engine.callerReader.ReadsItself() {
			x.callerSpan = contextvalue.NewSpan(trace.NewSpanContext(parent))
		}
	case parent.TraceID.IsValid():
		link := trace.Link{SpanContext: trace.NewSpanContext(parent)}
		scratch.startOptions = append(scratch.startOptions, trace.WithNewRoot(), trace.WithLinks(link))
	default:
		scratch.startOptions = append(scratch.startOptions, trace.WithNewRoot())
	}
	scratch.attributes = x.appendStartAttributes(scratch.attributes[:0], req, &origin)

	x.parentContext = ctx
	x.handlerContext = x.startSpan(scratch)
	scratch.release()
	// Count the request only after its span has started: if a sampler or a processor
	// panics in startSpan, End is never called, and the request would be counted forever.
	i.activeRequests.start(x.activeCount())
	if _, timed := x.span.(timedSpan); !timed {
		x.startTime = time.Now()
	}
	return x.handlerContext, x
}

// clientAndTarget returns the client's address and the scheme and host that the client has
// used. Behind trusted proxies, it reads them from the proxies' headers.
func (e *Engine) clientAndTarget(req *Request) forwarded.Origin {
	if !e.trustedProxies.Any() {
		return forwarded.Origin{Client: req.PeerAddress, HTTPS: req.TLS, Host: req.Host}
	}
	return e.trustedProxies.Origin(&forwarded.Connection{
		PeerAddress: req.PeerAddress, PeerPort: req.PeerPort, PeerUnix: req.PeerUnix, TLS: req.TLS, Host: req.Host,
	}, req.Header)
}

// startSpan starts the span of the exchange with the options and attributes in s.
func (x *Exchange) startSpan(s *scratch) (ctx context.Context) {
	if !x.instrumentation.engine.samplerAddsAttributes {
		s.startOptions = append(s.startOptions, s.attributesOption())
		ctx, x.span = x.instrumentation.tracer.Start((*exchangeContext)(x), x.operation.spanName, s.startOptions...)
		return ctx
	}
	s.offer.Attributes, s.offer.Later = s.attributes, x.instrumentation.engine.endAttributeCount
	if x.operation.route == "" {
		s.offer.Later++
	}
	x.attributesForSampler.Offer(&x.operation.spanName, &s.offer)
	ctx, x.span = x.instrumentation.tracer.Start((*exchangeContext)(x), x.operation.spanName, s.startOptions...)
	if remaining := x.attributesForSampler.Withdraw(); len(remaining) > 0 {
		x.span.SetAttributes(remaining...)
	}
	return ctx
}

// isPublic reports whether the user's PublicEndpoint declares a request public. If
// PublicEndpoint panics, the request is public, so that its caller is not trusted.
func (e *Engine) isPublic(req *Request) bool {
	return e.publicEndpoint != nil && e.callPredicate(&e.publicEndpointRunner, e.publicEndpoint, req, true)
}

// callPredicate returns the result of a user's predicate for a request, or onPanic if the
// predicate panics.
func (e *Engine) callPredicate(h *hookRunner, predicate func(*Request) bool, req *Request, onPanic bool) bool {
	e.fillRequest(req)
	answer := onPanic
	// The predicate gets a copy, so that req escapes to the heap only for requests with a
	// predicate.
	requestCopy := *req
	if req.Header != nil {
		requestCopy.Header = anyCaseHeader{req.Header}
	}
	h.run(func() { answer = predicate(&requestCopy) })
	return answer
}

// appendStartAttributes appends the attributes that are known before the request is
// handled. A sampler can read them.
func (x *Exchange) appendStartAttributes(dst []attribute.KeyValue, req *Request, origin *forwarded.Origin) []attribute.KeyValue {
	e := x.instrumentation.engine
	dst = append(dst, x.operation.method.attribute, schemeAttribute(x.https))
	switch {
	case req.Method == http.MethodConnect && !strings.HasPrefix(x.path, "/"):
		// The target of a CONNECT is an authority without a path.
	case x.path != "":
		dst = append(dst, semconv.URLPath(x.path))
	default:
		// RFC 9110, section 4.2.3: an empty path is equivalent to "/".
		dst = append(dst, semconv.URLPath("/"))
	}
	if x.operation.method == e.methods.other {
		dst = append(dst, semconv.HTTPRequestMethodOriginal(validText(req.Method)))
	}
	if req.Query != "" && !e.omitQuery {
		dst = append(dst, semconv.URLQuery(validText(redact.Query(req.Query, e.sensitiveKeys))))
	}
	if x.operation.route != "" {
		dst = append(dst, semconv.HTTPRoute(x.operation.route))
	}
	if host, port := hostport.Split(origin.Host); host != "" {
		if len(origin.Host) > maxTextLength {
			host = strings.Clone(host) // a substring would keep the whole header in memory
		}
		dst = append(dst, semconv.ServerAddress(validText(host)))
		if port != 0 {
			dst = append(dst, semconv.ServerPort(port))
		}
	}
	if req.Protocol != "" {
		dst = append(dst, versionAttribute(req.Protocol))
	}
	peer := validText(req.PeerAddress)
	if peer != "" {
		dst = append(dst, semconv.NetworkPeerAddress(peer))
		if req.PeerPort != 0 {
			dst = append(dst, semconv.NetworkPeerPort(req.PeerPort))
		}
	}
	switch origin.Client {
	case "":
	case peer:
		dst = append(dst, semconv.ClientAddress(peer))
	default:
		dst = append(dst, semconv.ClientAddress(validText(origin.Client)))
	}
	if req.UserAgent != "" {
		dst = append(dst, semconv.UserAgentOriginal(validText(req.UserAgent)))
	}
	dst = appendRequestHeaders(dst, e.requestHeaders, req)
	if req.StartAttributes != nil {
		dst = x.instrumentation.appendFromHook(dst, &x.instrumentation.startAttributesRunner, req.StartAttributes)
	}
	return dst
}
