package core

import (
	"crypto/tls"
	"fmt"

	"github.com/samespan/samespan/core/internal/settings"
)

// WithEndpoint sets the OTLP collector of all signals, in the format of
// OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.com:4317", "collector:4317" or,
// over gRPC, "dns:///collector:4317". As with the variable, the scheme determines whether
// TLS is used; no scheme means TLS. OTEL_EXPORTER_OTLP_PROTOCOL determines whether the
// protocol is gRPC or HTTP; if it is not set, the port and the path do. Over HTTP, paths
// such as "/v1/traces" are appended. Default: http://localhost:4317, or
// http://localhost:4318 over HTTP.
//
// OTEL_EXPORTER_OTLP_ENDPOINT replaces the endpoint. For one signal,
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, …_METRICS_ENDPOINT and …_LOGS_ENDPOINT replace
// it.
//
// If the endpoint is invalid, Setup returns an error. It also returns an error if the
// endpoint contains a user or a password: set a header for them instead.
func WithEndpoint(endpoint string) Option {
	return optionFunc(func(c *config) {
		redacted, err := settings.CheckEndpoint(endpoint)
		if err != nil {
			c.problems = append(c.problems, &optionError{option: "WithEndpoint", value: redacted, message: fmt.Sprintf("WithEndpoint(%q): %v", redacted, err)})
			return
		}
		c.Endpoint = endpoint
	})
}

// WithTLSConfig sets the TLS configuration for OTLP collectors whose endpoint uses TLS,
// over gRPC and HTTP. The configuration is copied. Default: the system's root
// certificates, no client certificate, TLS 1.2 or later.
//
// Variables replace parts of the configuration. OTEL_EXPORTER_OTLP_CERTIFICATE replaces
// the root certificates, and sets InsecureSkipVerify to false.
// OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and …_CLIENT_KEY replace the client's
// certificate and GetClientCertificate. For one signal, the variables of the signal do
// the same.
//
// If the client's certificate is renewed while the service runs, set
// GetClientCertificate. It is called for each new connection, including the connection
// that follows when the collector has rejected a certificate. Files that variables name
// need no such function: they are read again automatically. If a function of the
// configuration fails or panics, exports are retried, and the log says why. If a function
// does not return, the attempt times out.
//
// If [WithEndpoint] sets an endpoint without TLS, Setup returns an error. If a variable
// has disabled TLS, Setup logs a warning that the configuration is not used.
func WithTLSConfig(client *tls.Config) Option {
	return optionFunc(func(c *config) {
		switch {
		case client == nil:
			c.reject("WithTLSConfig", "(nil): want a *tls.Config")
			return
		case client.MaxVersion != 0 && client.MinVersion > client.MaxVersion:
			versions := fmt.Sprintf("MinVersion %s is above MaxVersion %s", tls.VersionName(client.MinVersion), tls.VersionName(client.MaxVersion))
			c.reject("WithTLSConfig", ": %s, want a MinVersion of at most MaxVersion", versions)
			return
		}
		c.TLS = client.Clone()
	})
}
