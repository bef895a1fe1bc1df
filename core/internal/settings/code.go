package settings

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/samespan/samespan/internal/env"
)

// These are the names of the options that configure the connection to the collector, for
// messages.
const (
	optionEndpoint = "WithEndpoint"
	optionTLS      = "WithTLSConfig"
)

// CheckEndpoint returns an error if the endpoint is invalid. It also returns the endpoint
// without credentials, for messages.
func CheckEndpoint(value string) (redacted string, err error) {
	if _, err := parseEndpoint(strings.TrimSpace(value)); err != nil {
		return redactCredentials(value), fmt.Errorf("%w, want %s", err, wantEndpoint)
	}
	return redactCredentials(value), nil
}

// endpoint returns the endpoint of the options, if it is set and valid. An invalid
// endpoint counts as not set; its option has already reported the error.
func (o *Options) endpoint() (endpoint, bool) {
	address, err := parseEndpoint(strings.TrimSpace(o.Endpoint))
	return address, err == nil
}

// correctProtocol sets the protocol to gRPC and adds an error if a variable sets the
// protocol to HTTP, but WithEndpoint sets an endpoint that only gRPC can use. value is the
// argument of WithEndpoint, and address the result of parsing it.
func (v otlpVariables) correctProtocol(o *OTLP, value string, address endpoint) {
	if address.grpcOnlyTarget == "" || o.Protocol != ProtocolHTTP {
		return
	}
	name := v.effectiveName("PROTOCOL")
	v.addVariableError(&env.Invalid{Name: v.vars.Label(name), Value: o.Protocol,
		Problem: fmt.Sprintf("%s(%q) requires the protocol %s", optionEndpoint, redactCredentials(value), ProtocolGRPC), Want: ProtocolGRPC})
	o.Protocol = ProtocolGRPC
}

// checkTLSConfigUsed checks that a connection uses the argument of WithTLSConfig. If
// WithEndpoint sets an address without TLS, checkTLSConfigUsed adds an error. If only the
// variables set such an address, it adds a warning.
func (s *Settings) checkTLSConfigUsed(e *environment, o *Options) {
	overOTLP, secure := false, false
	for _, otlp := range []OTLP{s.Traces, s.Metrics, s.Logs} {
		overOTLP = overOTLP || otlp.Signal != ""
		secure = secure || otlp.TLS != nil
	}
	if address, isSet := o.endpoint(); isSet && o.TLS != nil && !address.usesTLS(false) {
		e.addError(&env.Invalid{Name: optionEndpoint, Value: redactCredentials(o.Endpoint),
			Problem: "this address does not use TLS, but " + optionTLS + " is set", Want: "an address that begins with https://, or has no scheme"})
		return
	}
	if o.TLS != nil && overOTLP && !secure {
		e.addAdvice(fmt.Errorf("%s is not used: no connection uses TLS, want an endpoint that begins with https://, or has no scheme", optionTLS))
	}
}

// describeBase describes baseConfig and the parts of it that the files replace.
func (f *tlsFiles) describeBase() string {
	text := " configured by " + optionTLS
	if f.baseConfig.InsecureSkipVerify && f.authorityFile == "" {
		text += " (the collector's certificate is not verified)"
	}
	if f.authorityFile != "" {
		text += ", except the CA"
	}
	if f.certificateFile != "" {
		text += ", except the client certificate"
	}
	return strings.Replace(text, "CA, except the", "CA and the", 1)
}

// withRecoveringCallbacks returns a copy of config whose functions return an error if they
// panic. If config has no minimum version, that of the copy is TLS 1.2. The
// functions are called in goroutines in which the service cannot recover, so
// that a panic would end the process.
func withRecoveringCallbacks(config *tls.Config) *tls.Config {
	config = config.Clone()
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	if certificate := config.GetClientCertificate; certificate != nil {
		config.GetClientCertificate = func(info *tls.CertificateRequestInfo) (chosen *tls.Certificate, err error) {
			defer recoverAsError("GetClientCertificate", &err)
			return certificate(info)
		}
	}
	if verify := config.VerifyPeerCertificate; verify != nil {
		config.VerifyPeerCertificate = func(raw [][]byte, chains [][]*x509.Certificate) (err error) {
			defer recoverAsError("VerifyPeerCertificate", &err)
			return verify(raw, chains)
		}
	}
	if verify := config.VerifyConnection; verify != nil {
		config.VerifyConnection = func(state tls.ConnectionState) (err error) {
			defer recoverAsError("VerifyConnection", &err)
			return verify(state)
		}
	}
	return config
}

// recoverAsError turns a panic into an error. function is the name of the function that
// panicked. recoverAsError must be deferred.
func recoverAsError(function string, err *error) { //nolint:gocritic // it sets the result of the function that defers it
	if value := recover(); value != nil { //nolint:revive // the function itself is deferred
		*err = fmt.Errorf("%s: %s panicked: %v", optionTLS, function, value)
	}
}
