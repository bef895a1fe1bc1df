package exporterror

import "strings"

// Kind classifies a failed export. The zero Kind means that the cause is not known.
type Kind struct {
	// ErrorType is the value of error.type in metrics.
	ErrorType string
	// Advice says what to check or to set. It may contain placeholders, which are words
	// in capitals in angle brackets. <OFF> stands for advice on how to turn off the
	// export, <NONE> for the assignment that turns it off, <SIZE> for advice on how to
	// export smaller items, and <PROXY> for the variable of the proxy. Any other
	// placeholder is the name of an OTEL_EXPORTER_OTLP_ variable without that prefix.
	Advice string
}

// pattern recognizes a kind by the text of an error, because gRPC's errors contain only
// the text of the original error.
type pattern struct {
	errorType, advice string
	// anyOf are texts of which the error must contain at least one.
	anyOf []string
	// onlyPlain restricts the pattern to connections without TLS, and onlyTLS to
	// connections with TLS.
	onlyPlain, onlyTLS bool
}

// These values of error.type are used in several places.
const (
	Rejected = "rejected"
	Timeout  = "timeout"
	Shutdown = "shutdown"
	NotFound = "not_found"
	Other    = "_OTHER"

	TooLarge    = "too_large"
	Temporality = "temporality"
	Proxy       = "proxy"
	Refused     = "connection_refused"
	Unreachable = "unreachable"
	NoName      = "name_resolution_error"
)

// proxyPattern recognizes errors that are caused by the proxy and not by the collector.
var proxyPattern = pattern{
	errorType: Proxy, anyOf: []string{"proxyconnect", "responded to CONNECT with", "failed to do connect handshake", "build the proxy resolver"},
	advice: "the proxy in <PROXY> does not connect to the collector: correct the variable, or add the collector's host to NO_PROXY",
}

// TooLargeAdvice is the advice if a message with a single item is too large. A message
// with several items is divided instead.
const TooLargeAdvice = "the collector does not accept a message of this size, although it has a single item: raise the size limit of the collector, or of a proxy in front of it, or <SIZE>"

// notReadyAdvice is the advice if the collector is temporarily unavailable.
const notReadyAdvice = "the collector, or a proxy in front of it, is not ready: check its log"

// patterns are tried in order. An error often contains a specific and a general text, so
// the pattern with the specific text must come first.
var patterns = []pattern{
	{
		errorType: "server_certificate_invalid", anyOf: []string{"unknown authority", "not trusted"},
		advice: "the collector's certificate is signed by a CA that this machine does not trust: set <CERTIFICATE> to the file with the certificate of that CA",
	},
	{
		errorType: "server_certificate_invalid", anyOf: []string{"has expired or is not yet valid"},
		advice: "renew the collector's certificate, or correct the clock of this machine",
	},
	{
		errorType: "server_certificate_invalid",
		anyOf:     []string{"certificate is valid for", "not valid for any names", "cannot validate certificate for", "x509: "},
		advice:    "<ENDPOINT> must have a host name or address that is in the collector's certificate",
	},
	{
		errorType: "client_certificate_invalid",
		anyOf:     []string{"certificate required", "bad certificate", "unknown certificate"},
		advice:    "the collector requires a client certificate: set <CLIENT_CERTIFICATE> and <CLIENT_KEY>",
	},
	{
		errorType: "tls", onlyTLS: true,
		anyOf:  []string{"does not look like a TLS handshake", "server gave HTTP response to HTTPS client"},
		advice: "the collector does not speak TLS at this address: set the scheme of <ENDPOINT> to http://",
	},
	{
		errorType: "tls", onlyPlain: true,
		anyOf:  []string{"error reading server preface: EOF", "HTTP request to an HTTPS server", `malformed HTTP response "\x15`, "connection reset by peer"},
		advice: "the collector closes connections without TLS: if it requires TLS, set the scheme of <ENDPOINT> to https://",
	},
	{
		errorType: "client_certificate_invalid", onlyTLS: true,
		anyOf:  []string{"tls: handshake failure", "error reading server preface: EOF", "connection reset by peer", "broken pipe"},
		advice: "the collector closes the connection: if it requires a client certificate, set <CLIENT_CERTIFICATE> and <CLIENT_KEY>",
	},
	proxyPattern,
	{
		errorType: "redirected",
		anyOf:     []string{": 301 ", ": 302 ", ": 303 ", ": 307 ", ": 308 ", "301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "from server: 30"},
		advice:    "the server redirects exports, to a login page or to another address: set <ENDPOINT> to the collector's own address; redirects to other servers are not followed, so that they do not receive <HEADERS>",
	},
	{
		errorType: "not_otlp", anyOf: []string{"which is not an OTLP response", "from server: 200"},
		advice: "the server is not an OTLP receiver; the response may be a login page or a page of a proxy: correct <ENDPOINT>, including its path",
	},
	{
		errorType: "headers_too_large", anyOf: []string{"431 Request Header Fields Too Large", "from server: 431", "header list size to send violates"},
		advice: "the collector does not accept headers of this size: shorten <HEADERS>",
	},
	{
		errorType: "answer_too_large", anyOf: []string{ErrLargeAnswer.Error()},
		advice: "the collector may have accepted the export: check its log",
	},
	// gRPC's error contains an HTTP status if the response is not gRPC, for example
	// because a proxy has sent it.
	{
		errorType: "unauthorized", anyOf: []string{"from server: 401", "from server: 403", "from server: 407"},
		advice: "the collector, or a proxy in front of it, does not accept the credentials: check <HEADERS>",
	},
	{
		errorType: TooLarge, anyOf: []string{"from server: 413"},
		advice: TooLargeAdvice,
	},
	{
		errorType: "resource_exhausted", anyOf: []string{"from server: 429"},
		advice: "a proxy in front of the collector rate-limits this service: check the proxy's log",
	},
	{
		errorType: "unavailable", anyOf: []string{"from server: 502", "from server: 503", "from server: 504"},
		advice: "a proxy responds, but the collector behind it does not: check whether the collector runs, and check the proxy's log",
	},
	{
		errorType: "compression", anyOf: []string{"Decompressor is not installed", "415 Unsupported Media Type", "from server: 415", "unsupported compression"},
		advice: "the server does not accept this compression or content type: set <COMPRESSION> to none, or check whether the server is an OTLP receiver",
	},
	{
		errorType: "credentials", anyOf: []string{ErrHeaders.Error()},
		advice: "nothing was sent to the collector: correct the function that is passed to WithHeaders",
	},
	{
		errorType: "protocol",
		anyOf:     []string{"looked like an HTTP/1.1 header", "unexpected HTTP status code received from server", "unexpected content-type"},
		advice:    "the server does not speak gRPC: use port 4317 of the collector, or <USE_HTTP>",
	},
	{
		errorType: "protocol", anyOf: []string{"malformed HTTP response", "malformed HTTP version", "readLoopPeekFailLocked: %!w(<nil>)"},
		advice: "the server does not speak HTTP: use port 4318 of the collector, or <USE_GRPC>",
	},
	{
		errorType: "unauthorized", anyOf: []string{"Unauthenticated", "PermissionDenied", "401 Unauthorized", "403 Forbidden"},
		advice: "the collector does not accept the credentials: check <HEADERS>",
	},
	{
		errorType: NotFound, anyOf: []string{"Unimplemented", "404 Not Found", "405 Method Not Allowed"},
		advice: "the collector does not accept this signal at this address: check its receivers and pipelines, and the path in <ENDPOINT>; if the collector is only for other signals, <NONE>",
	},
	{
		errorType: TooLarge,
		anyOf:     []string{"larger than max", ": 413 ", "Too Large", "too large", "exceeds maximum size", "exceeds the maximum"},
		advice:    TooLargeAdvice,
	},
	{
		errorType: Temporality, anyOf: []string{"temporality", "Temporality", "TEMPORALITY", "_CUMULATIVE_"},
		advice: "the backend does not accept this temporality: set <TEMPORALITY> to the one that it accepts, cumulative or delta",
	},
	{
		errorType: "resource_exhausted", anyOf: []string{"ResourceExhausted", "429 Too Many Requests", ": 429 "},
		advice: "the collector is overloaded, or rate-limits this service",
	},
	// The text of a response may contain the reason why another server did not respond, so the
	// statuses of responses come before the reasons why there is no connection.
	{
		errorType: "unavailable", anyOf: []string{"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"},
		advice: notReadyAdvice,
	},
	{
		errorType: NoName,
		anyOf:     []string{"no such host", "produced zero addresses", "name resolver error", "no children to pick from", "server misbehaving", "dial tcp: lookup ", "record lookup error: "},
		advice:    "this machine cannot resolve the host name in <ENDPOINT>: correct the name, or check DNS",
	},
	{
		errorType: Refused, anyOf: []string{"connection refused", "connect: no such file or directory"},
		advice: "nothing listens at this address: start the collector or correct <ENDPOINT>; if there is no collector, <OFF>",
	},
	{
		errorType: Unreachable, anyOf: []string{"no route to host", "network is unreachable", "host is down"},
		advice: "this machine has no route to the address in <ENDPOINT>: correct the address, or check the network",
	},
	{
		errorType: "unavailable", anyOf: []string{"code = Unavailable", "retry-able request failure: body:"},
		advice: notReadyAdvice,
	},
	{
		errorType: Timeout,
		anyOf:     []string{"DeadlineExceeded", "deadline exceeded", "Client.Timeout", "connections to become ready", "i/o timeout", "export timeout"},
		advice:    "no response in time: possible causes are a firewall, an overloaded collector, or too low a value of <TIMEOUT>",
	},
	{
		errorType: Shutdown,
		anyOf:     []string{ErrShutdownTime.Error(), ErrGracePeriod.Error(), ErrSecondSignal.Error(), ErrGivenUp.Error()},
		advice:    "the collector had not responded by then",
	},
	{errorType: "connection_closed", anyOf: []string{"EOF", "connection reset", "broken pipe", "connection lost"}},
}

// Classify returns the kind of an export's error. secure reports whether the connection
// uses TLS.
func Classify(err error, secure bool) Kind {
	text := err.Error()
	for _, pattern := range patterns {
		if pattern.onlyPlain && secure || pattern.onlyTLS && !secure {
			continue
		}
		for _, snippet := range pattern.anyOf {
			if strings.Contains(text, snippet) {
				return pattern.kind()
			}
		}
	}
	return Kind{ErrorType: Other}
}

// kind returns the kind that p recognizes.
func (p pattern) kind() Kind { return Kind{ErrorType: p.errorType, Advice: p.advice} }
