package httpserver

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/exclude"
)

var (
	serverKind   = trace.WithSpanKind(trace.SpanKindServer)
	internalKind = trace.WithSpanKind(trace.SpanKindInternal)
)

// Start begins the exchange of a request and returns the context for its
// handlers: the server span is in it, and the caller's baggage. ctx is the
// framework's own context of the request. The exchange must be ended, once,
// also when a handler panics.
func (in *Instrumentation) Start(ctx context.Context, req *Request) (context.Context, *Exchange) {
	if open := exchangeFrom(ctx); open != nil {
		if open == excludedExchange {
			return ctx, excludedExchange
		}
		if !open.isEnded() {
			req.Read()
			return ctx, &Exchange{mode: modeNested, in: in, outer: open, path: text(req.Path)}
		}
	}
	if in.Excludes(req) {
		return in.engine.suppress(ctx, req), excludedExchange
	}

	if in.silent {
		return in.passOn(ctx, req), silentExchange
	}

	req.Read()
	origin := originOf(req, in.engine.trusted)
	method := in.engine.methods.of(req.Method)
	x := &Exchange{in: in, https: origin.https, operation: in.operations.of(method, req.Route)}

	scratch := takeScratch()
	scratch.options = append(scratch.options[:0], serverKind)
	if underServerSpan(ctx) {
		// The other library has read the caller's context already.
		x.mode = modeInternal
		x.count = &in.active.unmetered
		scratch.options[0] = internalKind
	} else {
		x.count = in.active.of(method, x.https)
		parent := trace.SpanContextConfig{Remote: true}
		under, called := in.engine.caller(ctx, req, &parent)
		switch {
		case !in.isPublic(req):
			ctx = under
			if called && in.engine.readsItself {
				x.caller = callerSpan{Span: notRecorded, sc: trace.NewSpanContext(parent)}
			}
		case called:
			link := trace.Link{SpanContext: trace.NewSpanContext(parent)}
			scratch.options = append(scratch.options, trace.WithNewRoot(), trace.WithLinks(link))
		default:
			scratch.options = append(scratch.options, trace.WithNewRoot())
		}
	}
	scratch.attributes = x.appendStart(scratch.attributes[:0], req, &origin)

	x.ctx = exchangeContext{Context: ctx, exchange: x}
	x.handlerContext = x.startSpan(scratch)
	scratch.release()
	// Not before: when a sampler or a processor panics, nobody ends x.
	in.active.start(x.count)
	if _, timed := x.span.(timedSpan); !timed {
		x.began = now()
	}
	return x.handlerContext, x
}

// Excludes tells whether the rules exclude a request. They look at nothing but
// its method, path and user agent: an adapter for which another field is dear
// asks before it reads that one.
func (in *Instrumentation) Excludes(req *Request) bool {
	if req.judged != in {
		req.judged, req.excluded = in, excludes(in.rules, req)
	}
	return req.excluded
}

func excludes(rules *exclude.Rules, req *Request) bool {
	switch {
	case rules.Len() == 0:
		return false
	case req.Unread != nil:
		return req.Unread.Excluded(rules)
	default:
		return rules.Match(req.Method, exclude.Decoded(req.Path), req.UserAgent)
	}
}

// underServerSpan tells whether another library's server span is open: a local
// span that says it is one, or one that does not say.
func underServerSpan(ctx context.Context) bool {
	span := trace.SpanFromContext(ctx)
	if sc := span.SpanContext(); !sc.IsValid() || sc.IsRemote() {
		return false
	}
	if kinded, ok := span.(interface{ SpanKind() trace.SpanKind }); ok {
		return kinded.SpanKind() == trace.SpanKindServer
	}
	return true
}

// isPublic asks the user's predicate; if it panics, nobody is trusted.
func (in *Instrumentation) isPublic(req *Request) bool {
	if in.engine.public == nil {
		return false
	}
	req.Read()
	public := true
	// What the predicate keeps must not be what every request pays for.
	asked := *req
	if req.Header != nil {
		asked.Header = anyCaseHeader{req.Header}
	}
	in.engine.publicHook.run(func() { public = in.engine.public(&asked) })
	return public
}

// appendStart adds what is known of a request before it is handled, and so
// what a sampler can decide by.
func (x *Exchange) appendStart(dst []attribute.KeyValue, req *Request, origin *origin) []attribute.KeyValue {
	e := x.in.engine
	x.path = text(req.Path)
	dst = append(dst,
		x.operation.method.attribute,
		semconv.URLPath(x.path),
		schemeAttribute(x.https),
	)
	if x.operation.method == e.methods.other {
		dst = append(dst, semconv.HTTPRequestMethodOriginal(text(req.Method)))
	}
	if req.Query != "" && !e.omitQuery {
		dst = append(dst, semconv.URLQuery(text(redactQuery(req.Query, e.sensitiveKeys))))
	}
	if x.operation.route != "" {
		dst = append(dst, semconv.HTTPRoute(x.operation.route))
	}
	if host, port := SplitHostPort(origin.host); host != "" {
		if len(origin.host) > maxText {
			host = strings.Clone(host) // a part of it keeps the whole
		}
		dst = append(dst, semconv.ServerAddress(text(host)))
		if port != 0 {
			dst = append(dst, semconv.ServerPort(port))
		}
	}
	if req.Protocol != "" {
		dst = append(dst, protocolVersion(req))
	}
	peer := text(req.PeerAddress)
	if peer != "" {
		dst = append(dst, semconv.NetworkPeerAddress(peer))
		if req.PeerPort != 0 {
			dst = append(dst, semconv.NetworkPeerPort(req.PeerPort))
		}
	}
	switch origin.client {
	case "":
	case peer:
		dst = append(dst, semconv.ClientAddress(peer))
	default:
		dst = append(dst, semconv.ClientAddress(text(origin.client)))
	}
	if req.UserAgent != "" {
		dst = append(dst, semconv.UserAgentOriginal(text(req.UserAgent)))
	}
	return appendHeaders(dst, e.requestHeaders, req.Header)
}

// The usual versions need no copy.
var (
	version11 = semconv.NetworkProtocolVersion("1.1")
	version2  = semconv.NetworkProtocolVersion("2")
)

func protocolVersion(req *Request) attribute.KeyValue {
	switch req.Protocol {
	case "1.1":
		return version11
	case "2":
		return version2
	default:
		return semconv.NetworkProtocolVersion(text(req.Protocol))
	}
}
