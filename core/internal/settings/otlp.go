package settings

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/samespan/samespan/internal/env"
)

// These are protocol names of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	ProtocolGRPC = "grpc"
	ProtocolHTTP = "http/protobuf"
)

// ContentTypeProtobuf is the media type of OTLP/HTTP.
const ContentTypeProtobuf = "application/x-protobuf"

// DefaultTimeout is the default timeout of one export attempt.
const DefaultTimeout = 10 * time.Second

// OTLP holds all settings of an OTLP exporter. All of them are passed to the exporter, so
// that its own reading of the environment has no effect.
type OTLP struct {
	// Signal is "traces", "metrics" or "logs".
	Signal   string
	Protocol string
	// Target is the address that gRPC dials. URL is the URL that HTTP posts to.
	Target string
	URL    *url.URL
	// TLS is nil for a connection without TLS.
	TLS     *tlsFiles
	Headers map[string]string
	// HeadersFunc returns additional headers for each attempt; it may be nil.
	HeadersFunc func(context.Context) (map[string]string, error)
	// Timeout limits one attempt; 0 means no limit. ExportTimeout limits an export with
	// its retries.
	Timeout       time.Duration
	ExportTimeout time.Duration
	Gzip          bool
	// vars are the variables that the settings come from, for messages.
	vars env.Variables
	// ignoredSuffixes has the suffixes, such as ENDPOINT, of the signal's variables that
	// are ignored because they are invalid.
	ignoredSuffixes map[string]bool
	// optionNames maps suffixes of variables to the names of options that were used in
	// place of those variables.
	optionNames map[string]string
}

// Address returns the endpoint and whether TLS is used. It mentions TLS because TLS is
// the default for an endpoint without a scheme.
func (o OTLP) Address() string {
	address := strings.TrimPrefix(o.Target, "dns:///")
	if o.URL != nil {
		address = o.URL.Scheme + "://" + o.URL.Host + o.URL.EscapedPath()
	}
	if o.TLS == nil {
		return address + " without TLS"
	}
	return address + " with TLS"
}

// otlpVariables reads the OTEL_EXPORTER_OTLP_* variables of one signal. They take
// precedence over the general variables.
type otlpVariables struct {
	*environment
	// signal is TRACES, METRICS or LOGS.
	signal string
	// ignoredSuffixes has the suffixes, such as ENDPOINT, of the signal's variables that
	// are ignored because they are invalid.
	ignoredSuffixes map[string]bool
}

// variableName returns the name of the variable to read: the variable of the signal if it
// is set or if there is a configuration file, and otherwise the general variable.
// signalOwn reports whether the variable of the signal is set.
func (v otlpVariables) variableName(suffix string) (name string, signalOwn bool) {
	name = "OTEL_EXPORTER_OTLP_" + v.signal + "_" + suffix
	_, signalOwn = v.vars.Lookup(name)
	if signalOwn || v.vars.Label(name) != name {
		return name, signalOwn
	}
	return "OTEL_EXPORTER_OTLP_" + suffix, false
}

// effectiveName returns the name of the variable in effect. It returns the name of the
// general variable if that is set and the variable of the signal cannot be used.
func (v otlpVariables) effectiveName(suffix string) string {
	name, signalOwn := v.variableName(suffix)
	general := "OTEL_EXPORTER_OTLP_" + suffix
	if signalOwn && v.ignoredSuffixes[suffix] && v.isSet(general) {
		return general
	}
	return name
}

// readEither calls read with the name of the variable to read. If that is the variable of
// the signal and it is invalid, readEither calls read again with the general variable,
// because an ignored variable counts as not set.
func (v otlpVariables) readEither(suffix string, read func(name string, signalOwn bool)) {
	name, signalOwn := v.variableName(suffix)
	errorsBefore := v.errorCount
	read(name, signalOwn)
	if signalOwn && v.errorCount > errorsBefore && v.vars.Label(name) == name {
		v.ignoredSuffixes[suffix] = true
		read("OTEL_EXPORTER_OTLP_"+suffix, false)
	}
}

// hasOTLPVariables reports whether any variable configures OTLP.
func hasOTLPVariables() bool {
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "OTEL_EXPORTER_OTLP_") && strings.TrimSpace(value) != "" {
			return true
		}
	}
	return false
}

// resolveOTLP reads the OTLP settings of one signal: "traces", "metrics" or
// "logs".
func resolveOTLP(e *environment, o *Options, signal string) OTLP {
	v := otlpVariables{environment: e, signal: strings.ToUpper(signal), ignoredSuffixes: make(map[string]bool)}

	var address endpoint
	var isSet, isSignalOwn bool
	var endpointName string
	v.readEither("ENDPOINT", func(name string, signalOwn bool) {
		endpointName, isSignalOwn = name, signalOwn
		address, isSet = v.readEndpoint(name)
	})
	optionNames := make(map[string]string)
	if !isSet && o.Endpoint != "" {
		address, isSet = o.endpoint()
		isSignalOwn, optionNames["ENDPOINT"] = false, optionEndpoint
	}
	fallback := ProtocolGRPC
	if isSet {
		fallback = address.defaultProtocol()
	}
	result := OTLP{Signal: signal, vars: e.vars, ignoredSuffixes: v.ignoredSuffixes, optionNames: optionNames}
	v.readEither("PROTOCOL", func(name string, _ bool) { result.Protocol = v.readChoice(name, fallback, ProtocolGRPC, ProtocolHTTP) })

	if optionNames["ENDPOINT"] != "" {
		v.correctProtocol(&result, o.Endpoint, address)
		endpointName = optionEndpoint
	}
	if value, _ := v.vars.Lookup(endpointName); isSet && address.grpcOnlyTarget != "" && result.Protocol == ProtocolHTTP {
		v.addVariableError(&env.Invalid{Name: v.vars.Label(endpointName), Value: value,
			Problem: fmt.Sprintf("the scheme %q requires the protocol grpc", address.scheme), Want: wantEndpoint})
		isSet = false
	} else if ignoredParts := address.partsIgnoredByGRPC(); isSet && ignoredParts != "" && result.Protocol == ProtocolGRPC {
		v.addAdvice(fmt.Errorf("%s: the path %s is not used, since gRPC has no paths: set the protocol to http/protobuf, or remove the path", v.vars.Label(endpointName), ignoredParts))
	}
	if !isSet {
		address, isSignalOwn = endpoint{scheme: "http", host: "localhost", port: portGRPC}, false
		if result.Protocol == ProtocolHTTP {
			address.port = portHTTP
		}
	}

	var insecure bool
	v.readEither("INSECURE", func(name string, _ bool) { insecure = v.readBoolean(name, false) })
	security := v.readTLSFiles(o.TLS)
	if o.TLS != nil {
		optionNames["CERTIFICATE"], optionNames["CLIENT_CERTIFICATE"] = optionTLS, optionTLS
	}
	if address.usesTLS(insecure) {
		result.TLS = security
	}
	if result.Protocol == ProtocolHTTP {
		path := "/v1/" + signal
		if isSignalOwn {
			path = ""
		} else if strings.HasSuffix(strings.TrimRight(address.path, "/"), path) {
			v.addAdvice(fmt.Errorf("%s: the path already ends with %s, which is appended again: remove it", v.vars.Label(endpointName), path))
		}
		result.URL = address.url(path, insecure)
	} else {
		result.Target = address.grpcTarget()
	}

	result.warnOfInvalidProxy(e)
	v.readEither("HEADERS", func(name string, _ bool) { result.Headers = v.readHeaders(name, result.Protocol) })
	v.readEither("TIMEOUT", func(name string, _ bool) { result.Timeout = v.readMilliseconds(name, 0, DefaultTimeout) })
	v.readEither("COMPRESSION", func(name string, _ bool) { result.Gzip = v.readChoice(name, "none", "gzip", "none") == "gzip" })
	return result
}

// readEndpoint returns the endpoint in the variable, and reports whether it is set and
// valid.
func (v otlpVariables) readEndpoint(name string) (endpoint, bool) {
	value, ok := v.vars.Lookup(name)
	if !ok {
		return endpoint{}, false
	}
	if value = v.unquote(name, value); value == "" {
		return endpoint{}, false
	}
	e, err := parseEndpoint(value)
	if err != nil {
		v.addVariableError(&env.Invalid{Name: v.vars.Label(name), Value: redactCredentials(value), Problem: err.Error(), Want: wantEndpoint})
		return endpoint{}, false
	}
	return e, true
}

// readHeaders parses request headers. Its errors do not contain values, which are usually
// credentials.
func (v otlpVariables) readHeaders(name, protocol string) map[string]string {
	value, ok := v.vars.Lookup(name)
	if !ok {
		return nil
	}
	v.warnOfReferences(name, value)
	pairs, err := parsePairs(v.unquote(name, value))
	want := "key=value pairs separated by commas"
	headers := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if err == nil {
			if err = CheckHeader(p.key, p.value, protocol); err != nil {
				want = "valid header names and values"
			}
		}
		headers[strings.ToLower(p.key)] = p.value
	}
	if err != nil {
		v.addVariableError(&env.Invalid{Name: v.vars.Label(name), Secret: true, Err: err, Want: want})
		return nil
	}
	return headers
}

// CheckHeader returns an error for a header with which every export would fail.
func CheckHeader(name, value, protocol string) error {
	for _, c := range []byte(name) {
		if !isTokenByte(c) {
			// What follows a colon or a space may be a credential: "Authorization: Bearer …".
			if end := strings.IndexAny(name, ": \t"); end > 0 {
				return fmt.Errorf("the header name has %q after %q", name[end:end+1], name[:end])
			}
			return fmt.Errorf("%q is not a valid header name", name)
		}
	}
	key := strings.ToLower(name)
	if slices.Contains(connectionHeaders, key) {
		return fmt.Errorf("the header %q is not allowed: the connection sets it", name)
	}
	if slices.Contains(contentHeaders, key) || protocol == ProtocolHTTP && key == "content-type" && value != ContentTypeProtobuf {
		return fmt.Errorf("the header %q is not allowed: the exporter sets it", name)
	}
	if protocol == ProtocolGRPC && strings.HasPrefix(key, "grpc-") {
		return fmt.Errorf("the header %q is not allowed: it is reserved for gRPC", name)
	}
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f || c >= 0x80 && protocol == ProtocolGRPC {
			return fmt.Errorf("the value of the header %q has a character that is not allowed in headers", name)
		}
	}
	return nil
}

// connectionHeaders are headers that describe a connection or a message and must not be
// configured. HTTP/2 forbids some of them (RFC 9113, section 8.2.2). The client sets the
// others itself, and a collector would reject an export with a second value.
var connectionHeaders = []string{
	"connection", "content-length", "host", "http2-settings", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
}

// contentHeaders describe the encoding of a request or its response. With a
// wrong value, the collector cannot read the export or the exporter cannot read
// the response.
var contentHeaders = []string{"accept-encoding", "content-encoding"}

// isTokenByte reports whether c is allowed in the name of a header.
func isTokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
