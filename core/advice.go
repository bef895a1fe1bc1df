package core

import "strings"

// trouble is a kind of failed export, known by what its error says: gRPC hands
// on nothing but text.
type trouble struct {
	// errorType is its name in metrics.
	errorType string
	// signs are parts of errors, any of which is enough.
	signs []string
	// advice is what to look at or to set. A word in capitals in angle
	// brackets is the rest of an OTEL_EXPORTER_OTLP_ variable's name; <OFF>
	// stands for how to export nothing.
	advice string
	// plain and secure restrict it to connections without and with TLS.
	plain, secure bool
}

const (
	errorTypeRejected = "rejected"
	errorTypeTimeout  = "timeout"
	errorTypeShutdown = "shutdown"
	errorTypeOther    = "_OTHER"
)

// troubles are looked through in this order: the first whose sign is there is
// the one, so that what is certain comes before what it leads to.
var troubles = []trouble{
	{
		errorType: "server_certificate_invalid", signs: []string{"unknown authority", "not trusted"},
		advice: "the collector's certificate is of an authority that this machine does not trust: set <CERTIFICATE> to the file of that authority",
	},
	{
		errorType: "server_certificate_invalid", signs: []string{"has expired or is not yet valid"},
		advice: "renew the collector's certificate, or set the clock of this machine",
	},
	{
		errorType: "server_certificate_invalid",
		signs:     []string{"certificate is valid for", "not valid for any names", "cannot validate certificate for", "x509: "},
		advice:    "<ENDPOINT> must have the name that the collector's certificate is made out to",
	},
	{
		errorType: "client_certificate_invalid",
		signs:     []string{"certificate required", "bad certificate", "unknown certificate"},
		advice:    "the collector wants a client's certificate: set <CLIENT_CERTIFICATE> and <CLIENT_KEY>",
	},
	{
		errorType: "tls", secure: true,
		signs:  []string{"does not look like a TLS handshake", "server gave HTTP response to HTTPS client"},
		advice: "the collector does not speak TLS there: give <ENDPOINT> the scheme http://",
	},
	{
		errorType: "tls", plain: true,
		signs:  []string{"error reading server preface: EOF", "HTTP request to an HTTPS server", `malformed HTTP response "\x15`, "connection reset by peer"},
		advice: "the collector closes plain connections: if it speaks TLS, give <ENDPOINT> the scheme https://",
	},
	{
		errorType: "client_certificate_invalid", secure: true,
		signs:  []string{"tls: handshake failure", "error reading server preface: EOF", "connection reset by peer", "broken pipe"},
		advice: "the collector closes the connection: if it wants a client's certificate, set <CLIENT_CERTIFICATE> and <CLIENT_KEY>",
	},
	{
		errorType: "protocol",
		signs:     []string{"looked like an HTTP/1.1 header", "unexpected HTTP status code received from server", "unexpected content-type"},
		advice:    "what answers there does not speak gRPC: take port 4317 of the collector, or set <PROTOCOL> to http/protobuf",
	},
	{
		errorType: "protocol", signs: []string{"malformed HTTP response", "malformed HTTP version", "readLoopPeekFailLocked: %!w(<nil>)"},
		advice: "what answers there does not speak HTTP: take port 4318 of the collector, or set <PROTOCOL> to grpc",
	},
	{
		errorType: "name_resolution_error",
		signs:     []string{"no such host", "produced zero addresses", "name resolver error", "no children to pick from", "server misbehaving"},
		advice:    "the name in <ENDPOINT> is not known to this machine",
	},
	{
		errorType: "connection_refused", signs: []string{"connection refused", "no such file or directory"},
		advice: "nobody listens there: start the collector or correct <ENDPOINT>; where there is no collector, <OFF>",
	},
	{
		errorType: "unreachable", signs: []string{"no route to host", "network is unreachable", "host is down"},
		advice: "this machine has no way to the address in <ENDPOINT>",
	},
	{
		errorType: "unauthorized", signs: []string{"Unauthenticated", "PermissionDenied", "401 Unauthorized", "403 Forbidden"},
		advice: "the collector does not accept the credentials: look at <HEADERS>",
	},
	{
		errorType: "not_found", signs: []string{"Unimplemented", "404 Not Found", "405 Method Not Allowed"},
		advice: "the collector takes no such signal there: look at its receivers and pipelines, and at the path in <ENDPOINT>",
	},
	{
		errorType: "too_large", signs: []string{"larger than max", "413 Request Entity Too Large", "too large"},
		advice: "the collector takes no message of this size: raise its limit, or lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE (logs: OTEL_BLRP_…)",
	},
	{
		errorType: "resource_exhausted", signs: []string{"ResourceExhausted", "429 Too Many Requests"},
		advice: "the collector is overloaded, or limits this service",
	},
	{
		errorType: "unavailable", signs: []string{"code = Unavailable", "retry-able request failure: body:"},
		advice: "the collector, or what is in front of it, is not ready: its own log says why",
	},
	{
		errorType: errorTypeTimeout,
		signs:     []string{"DeadlineExceeded", "deadline exceeded", "Client.Timeout", "connections to become ready", "i/o timeout", "export timeout"},
		advice:    "nothing came back in time: a firewall, an overloaded collector, or too short a <TIMEOUT>",
	},
	{
		errorType: errorTypeShutdown,
		signs:     []string{errShutdownTime.Error(), ErrGracePeriod.Error(), ErrSecondSignal.Error(), errGivenUp.Error()},
		advice:    "the collector had not answered until then",
	},
	{errorType: "connection_closed", signs: []string{"EOF", "connection reset", "broken pipe", "connection lost"}},
}

// troubleOf returns the kind of an export's error.
func (c *counter) troubleOf(err error) trouble {
	secure := c.destination != nil && c.destination.tls != nil
	text := err.Error()
	for _, known := range troubles {
		if known.plain && secure || known.secure && !secure {
			continue
		}
		for _, sign := range known.signs {
			if strings.Contains(text, sign) {
				return known
			}
		}
	}
	return trouble{errorType: errorTypeOther}
}

// exportError is an export's error with what somebody who reads it at night
// needs: the address, and what to do.
type exportError struct {
	collector string
	err       error
	advice    string
}

// maxErrorText bounds what a collector can write into the log: behind a proxy
// that is a whole page.
const maxErrorText = 1000

func (e *exportError) Error() string {
	text := strings.Join(strings.Fields(e.err.Error()), " ")
	if len(text) > maxErrorText {
		text, _ = mendString(text[:maxErrorText])
		text += "…"
	}
	text = e.collector + ": " + text
	if e.advice != "" {
		text += " (" + e.advice + ")"
	}
	return text
}

func (e *exportError) Unwrap() error { return e.err }

// explain returns err with the collector's address and advice.
func (c *counter) explain(err error, known trouble) error {
	if c.destination == nil {
		return err
	}
	return &exportError{
		collector: c.destination.collector(),
		err:       err,
		advice:    c.destination.variables(known.advice),
	}
}

// variables puts the names of the variables that decide into advice, or where
// in a configuration file to say the same.
func (o otlp) variables(advice string) string {
	v := otlpVariables{environment: &environment{vars: o.vars}, signal: strings.ToUpper(o.signal)}
	for {
		before, rest, found := strings.Cut(advice, "<")
		suffix, after, _ := strings.Cut(rest, ">")
		if !found {
			return advice
		}
		name, _ := v.name(suffix)
		replacement := o.vars.Label(name)
		if suffix == "OFF" {
			replacement = v.off()
		}
		advice = before + replacement + after
	}
}

// off says how to export nothing of the signal.
func (v otlpVariables) off() string {
	name := "OTEL_" + v.signal + "_EXPORTER"
	if path := v.vars.Label(name); path != name {
		return "leave out " + path
	}
	return "set " + name + " to none"
}
