package trust

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Checks returns the checks of what an untrusted client can influence.
func Checks() []check.Check {
	return []check.Check{
		{
			ID:     "trust/public",
			Level:  check.Choice,
			Rule:   "At a public endpoint, a request starts a new trace with a link to the caller's span; the caller's sampling decision and baggage are ignored.",
			Source: "bug reports of other instrumentations; W3C Trace Context, section 3.4 and 7, which allow to restart a trace at the border of a network",
			Needs:  []contract.Capability{contract.PublicEndpoint},
			Env:    []string{"SAMESPAN_PUBLIC_ENDPOINT=true"},
			Run:    checkPublicEndpoint,
		},
		{
			ID:     "trust/client-address",
			Level:  check.Choice,
			Rule:   "Forwarded and X-Forwarded-For, -Proto and -Host are used only if a trusted proxy wrote them. By default, no proxy is trusted.",
			Source: "bug reports of other instrumentations; RFC 7239, section 8.1, which says that the client and every proxy can change Forwarded. The HTTP semantic conventions prefer these headers to Host, and do not say which proxies to trust",
			Run:    checkClientAddress,
		},
		{
			ID:       "trust/secrets",
			Level:    check.Choice,
			Rule:     "Spans, metrics and baggage have no credentials, cookies or user names, and no headers other than configured ones. Responses have no trace context.",
			Source:   "bug reports of other instrumentations; HTTP semantic conventions v1.43, \"HTTP server span\", which recommend to capture only configured headers",
			Measures: true,
			Run:      checkSecrets,
		},
		{
			ID:    "trust/size",
			Level: check.Choice,
			Rule: "Very large requests are answered as without instrumentation, have attributes of bounded size, and do not affect later requests. Such a request has a " +
				"header or a query of 64 KB, 10,000 headers, 1 MB of headers, 10,000 baggage members, or a path of 1 MB.",
			Source: "bug reports of other instrumentations; W3C Baggage, section 3.3.2, which allows to drop what is beyond its limits",
			Needs:  []contract.Capability{contract.Bare},
			Own:    true,
			Run:    checkSizeLimits,
		},
	}
}

// checkPublicEndpoint checks a service that is configured to trust no caller. The span of
// each request must be the root of a new trace, with a link to the caller's span. The
// caller's baggage must be ignored.
func checkPublicEndpoint(p *probe.Probe) {
	flags := map[string]string{"sampled": "01", "unsampled": "00"}
	items := make(map[string]string)
	callers := make(map[string]probe.Exchange)
	for name, flag := range probe.Sorted(flags) {
		items[name] = p.Unique()
		callers[name] = p.SendWith(wire.Get("/process/"+items[name]), flag)
	}
	var members map[string]string
	p.AnswerJSON(p.Send(wire.Get("/baggage", "Baggage: stranger=yes")), &members)
	p.Equal("baggage from the caller of a public endpoint", members, map[string]string{})
	p.Settle()
	for name, item := range probe.Sorted(items) {
		server, ok := p.Root(item)
		if !ok {
			p.Problem("server span of a public endpoint, for a "+name+" caller", "not the root span of a new trace", "the root span of a new trace, sampled as without a caller")
			continue
		}
		caller := callers[name]
		p.True(server.TraceID() != caller.TraceID, "trace of a request to a public endpoint, for a "+name+" caller", "the caller's trace", "a new trace")
		linked := slices.ContainsFunc(server.Links(), func(l otlptest.Link) bool {
			return l.TraceID == caller.TraceID && l.SpanID == caller.SpanID
		})
		p.True(linked, "links to the caller's span at a public endpoint, for a "+name+" caller", fmt.Sprintf("none of %d links", len(server.Links())), "1")
	}
}

// forwardedCase is a request with proxy headers, and attributes that its server span must
// have if the service trusts the suite as a proxy.
type forwardedCase struct {
	header []string // header lines, such as "Forwarded: for=203.0.113.7"
	// client, host and scheme are the expected client.address, server.address and
	// url.scheme.
	client, host, scheme string
	// otherClient, if not "", is another correct client.address.
	otherClient string
}

// suiteAddressPlaceholder is used in a forwardedCase in place of the suite's own address,
// which is not known in advance.
const suiteAddressPlaceholder = "the suite's"

func forwardedCases() []forwardedCase {
	return []forwardedCase{
		{
			header: []string{"X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example"},
			client: "203.0.113.7", host: "shop.example", scheme: "https",
		},
		{
			header: []string{"Forwarded: for=203.0.113.7;proto=https;host=shop.example"},
			client: "203.0.113.7", host: "shop.example", scheme: "https",
		},
		{
			// The client's address is the last address in the header that is not the address
			// of a trusted proxy. The client may have forged the addresses before it.
			header: []string{"X-Forwarded-For: 192.0.2.1, 203.0.113.7, 127.0.0.9"},
			client: "203.0.113.7", host: "service.example", scheme: "http",
		},
		{
			header: []string{`Forwarded: for="[2001:db8::1]:4711"`},
			client: "2001:db8::1", host: "service.example", scheme: "http",
		},
		{
			// The conventions do not say which of the two headers takes precedence.
			header: []string{"X-Forwarded-For: 203.0.113.7", "Forwarded: for=198.51.100.9"},
			client: "203.0.113.7", otherClient: "198.51.100.9", host: "service.example", scheme: "http",
		},
		{
			header: []string{"X-Forwarded-For: nobody, \xff"},
			client: suiteAddressPlaceholder, host: "service.example", scheme: "http",
		},
	}
}

// checkClientAddress sends proxy headers to a service that trusts no proxies, and to a
// service that trusts proxies on this machine.
func checkClientAddress(p *probe.Probe) {
	untrusted := forwardedCase{client: suiteAddressPlaceholder, host: "service.example", scheme: "http"}
	checkForwarded(p, "from an untrusted client", func(forwardedCase) forwardedCase { return untrusted })
	if p.Has(contract.TrustedProxies) {
		trusted := "127.0.0.0/8"
		if own := p.OwnAddress(); !netip.MustParsePrefix(trusted).Contains(own) {
			trusted += "," + own.String()
		}
		p.With([]string{"SAMESPAN_TRUSTED_PROXIES=" + trusted}, func() {
			checkForwarded(p, "from a trusted proxy", func(f forwardedCase) forwardedCase { return f })
		})
	}
}

// checkForwarded sends the requests of all forwardedCases. wantOf returns a case with the
// attributes that the span of the given case must have. writtenBy is a part of problems
// that describes the sender of the proxy headers, such as "from a trusted proxy".
func checkForwarded(p *probe.Probe, writtenBy string, wantOf func(forwardedCase) forwardedCase) {
	all := forwardedCases()
	exchanges := make([]probe.Exchange, len(all))
	for i, f := range all {
		r := wire.Get("/process/1", f.header...)
		r.Host = "service.example"
		exchanges[i] = p.Send(r)
	}
	p.Settle()
	answered, recorded := 0, false
	for i, f := range all {
		if exchanges[i].Response.Status != http.StatusOK {
			continue // the server has refused the headers, so the instrumentation may not see the request
		}
		answered++
		server, ok := p.SettledServer(exchanges[i])
		if !ok {
			continue
		}
		with := fmt.Sprintf(" with %q %s", f.header, writtenBy)
		client := wantOf(f).client
		if client == suiteAddressPlaceholder {
			client = p.ClientAddress(server)
		}
		// The checks span/attributes and span/recommended report missing attributes.
		if key, got := firstAttribute(server, "client.address", "http.client_ip"); got != nil && (wantOf(f).otherClient == "" || got != wantOf(f).otherClient) {
			recorded = true
			p.Equal(key+with, got, client)
		}
		if key, got := firstAttribute(server, "server.address", "net.host.name"); got != nil {
			recorded = true
			p.Equal(key+with, got, wantOf(f).host)
		}
		if key, got := firstAttribute(server, "url.scheme", "http.scheme"); got != nil {
			recorded = true
			p.Equal(key+with, got, wantOf(f).scheme)
		}
	}
	switch {
	case answered == 0:
		p.Cannot("the response to %s violates CONTRACT.md: got %s, want 200", exchanges[0].Label(), exchanges[0].Response)
	case !recorded:
		p.NotApplicable("the spans have no attribute that a proxy's headers could change, such as client.address or url.scheme")
	}
}

// firstAttribute returns the first of keys that the span has, and its value. keys are the
// current and the older names of one attribute.
func firstAttribute(s otlptest.Span, keys ...string) (key string, value any) {
	for _, key := range keys {
		if value := s.Attr(key); value != nil {
			return key, value
		}
	}
	return "", nil
}

// Secrets that must not be recorded anywhere. "Aladdin", the user name in
// basicCredentials, must not be recorded either.
const (
	secret           = "s3cr3t"
	basicCredentials = "QWxhZGRpbjpzM2NyM3Q=" // base64 of Aladdin:s3cr3t
)

// secretWords are the texts that must not be recorded or passed on.
var secretWords = []string{secret, basicCredentials, "Aladdin"}

// hasTraceContext reports whether the value of a Server-Timing header has trace context: a
// traceparent, or the trace id, which some systems shorten to its last 16 digits.
func hasTraceContext(value, traceID string) bool {
	return strings.Contains(value, "traceparent") || strings.Contains(value, traceID[len(traceID)-16:])
}

// checkSecrets sends requests with secrets, and checks that no telemetry contains a secret.
func checkSecrets(p *probe.Probe) {
	private := []string{
		"Authorization: Basic " + basicCredentials, "Proxy-Authorization: Bearer " + secret, "Cookie: session=" + secret,
		"X-Api-Key: " + secret, "X-Not-Asked-For: " + secret, "Referer: http://Aladdin:" + secret + "@shop.example/",
	}
	before := len(p.Receiver().Requests())
	peer := p.Peer()
	exchanges := []probe.Exchange{
		p.Send(wire.Get("/process/1", private...)),
		p.Send(wire.Get("/fail/503", private...)),
		p.Send(wire.Get("/panic", private...)),
		p.Send(wire.Get("/nothing", private...)),
		p.Send(wire.Get("/process/1?sig="+secret+"&X-Amz-Signature="+secret+"&X-Amz-Credential="+secret+"&X-Amz-Security-Token="+secret+"&X-Goog-Signature="+secret, private...)),
		p.Send(wire.Get("http://Aladdin:"+secret+"@shop.example/process/1", private...)),
		p.Send(wire.Post("/relay", peer.Relay("/echo"), private...)),
	}
	p.Settle()
	if p.Measures() {
		p.Collected()
	}
	for _, request := range p.Receiver().Requests()[before:] {
		if request.Signal == otlptest.Logs {
			continue // skip log records, since the application decides what it logs
		}
		text := prototext.Format(request.Message)
		for _, word := range secretWords {
			if at := strings.Index(text, word); at >= 0 {
				p.Problem("secret in the exported "+string(request.Signal), excerpt(text, at, at+len(word)), "no secret")
				break
			}
		}
	}
	if call, ok := peer.Only(p); ok {
		for name, values := range probe.Sorted(call) {
			text := strings.Join(values, " ")
			isSecret := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(text, word) })
			p.True(!isSecret, "header "+name+" of an outgoing call", probe.Show(values), "no secret")
		}
	}
	for _, x := range exchanges {
		for _, name := range []string{"Traceparent", "Tracestate", "Baggage", "Traceresponse", "Server-Timing", "X-Trace-Id", "B3"} {
			value := x.Response.Header.Get(name)
			if name == "Server-Timing" && !hasTraceContext(value, x.TraceID) {
				continue // the framework has sent times in it
			}
			p.Equal("header "+name+" of the response to "+x.Label(), value, "")
		}
	}
}

// maxAttributeSize is the limit for an attribute that a client chooses, in bytes.
const maxAttributeSize = 16 << 10

// checkSizeLimits sends requests that are too large, compares the responses with those of
// the service without instrumentation, and checks what is recorded.
func checkSizeLimits(p *probe.Probe) {
	members := make([]string, 10_000)
	for i := range members {
		members[i] = fmt.Sprintf("key%d=v", i)
	}
	letters := func(n int) string { return strings.Repeat("a", n) }
	large := []wire.Request{
		wire.Get("/process/1", "X-Large: "+letters(64<<10)),
		wire.Get("/process/1", "User-Agent: "+letters(64<<10)),
		wire.Get("/process/1", "Tracestate: "+strings.Repeat("a=b,", 16<<10)),
		wire.Get("/process/1", "Baggage: "+strings.Join(members, ",")),
		wire.Get("/process/1", "X-Forwarded-For: "+strings.Repeat("192.0.2.1, ", 6<<10)),
		wire.Get("/process/1?q=" + letters(64<<10)),
		wire.Get("/nothing/" + letters(1_000_000)),
		wire.Get("/" + strings.Repeat("a/", 500_000)),
		{Method: strings.ToUpper(letters(2000)), Target: "/process/1"},
	}
	bomb := make([]string, 10_000)
	for i := range bomb {
		bomb[i] = fmt.Sprintf("X-Bomb-%d: x", i)
	}
	megabyte := make([]string, 15)
	for i := range megabyte {
		megabyte[i] = fmt.Sprintf("X-Large-%d: %s", i, letters(64<<10))
	}
	large = append(large, wire.Get("/process/1", bomb...), wire.Get("/process/1", megabyte...),
		wire.Get("/process/1", "User-Agent: "+strings.Repeat("\xff", 3000), "X-Forwarded-Host: "+strings.Repeat("\xfe", 500)),
		wire.Get("/process/1", "Forwarded: "+strings.Repeat(`for="`, 600)),
		// The last two requests are small enough that frameworks accept them.
		wire.Get("/nothing/"+letters(3000)), wire.Get("/process/1", "User-Agent: "+letters(3000)))
	for i := range large {
		header, traceID, _ := probe.Traceparent("01")
		large[i].Header = append([]string{header}, large[i].Header...)
		p.Watch(traceID)
	}
	bareAnswers, bareAnswersAgain := make([]probe.RawAnswer, len(large)), make([]probe.RawAnswer, len(large))
	fetch := func(answers []probe.RawAnswer) func() {
		return func() {
			for i, r := range large {
				answers[i] = p.Raw(r)
			}
		}
	}
	p.WithBareTwice(nil, fetch(bareAnswersAgain), fetch(bareAnswers))
	for i, r := range large {
		p.Same(r, p.Raw(r), bareAnswers[i], bareAnswersAgain[i])
	}
	p.Settle()
	p.Answered([]probe.Exchange{p.Send(wire.Get("/process/1"))}, 200)
	for _, span := range p.Receiver().Spans() {
		if span.Kind() != otlptest.KindServer {
			continue
		}
		p.True(len(span.Name()) <= maxAttributeSize, "bytes in the name of a span", probe.Show(len(span.Name())), "at most "+probe.Show(maxAttributeSize))
		p.True(len(span.TraceState()) <= maxAttributeSize, "bytes in the tracestate of a span", probe.Show(len(span.TraceState())), "at most "+probe.Show(maxAttributeSize))
		for key, value := range probe.Sorted(span.Attributes) {
			length := len(fmt.Sprint(value))
			p.True(length <= maxAttributeSize, "bytes in the attribute "+key, probe.Show(length), "at most "+probe.Show(maxAttributeSize))
		}
	}
}
