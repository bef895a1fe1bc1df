package core

import (
	"crypto/tls"
	"fmt"

	"github.com/samespan/samespan/core/internal/settings"
)

// WithEndpoint is the OTLP collector of all signals, written as
// OTEL_EXPORTER_OTLP_ENDPOINT is: "https://collector.example.com:4317",
// "collector:4317" or, over gRPC, "dns:///collector:4317". As there, the scheme
// says whether TLS is spoken and no scheme means TLS, OTEL_EXPORTER_OTLP_PROTOCOL or
// else the port and the path say whether it is gRPC or HTTP, and over HTTP
// "/v1/traces" and the like are appended. Default: http://localhost:4317, or
// http://localhost:4318 over HTTP. OTEL_EXPORTER_OTLP_ENDPOINT and, for one signal,
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, …_METRICS_ENDPOINT and …_LOGS_ENDPOINT
// replace it.
//
// An endpoint that no connection can be made to is an error of Setup. So is one
// with a user or a password, which belong into the headers.
func WithEndpoint(endpoint string) Option {
	return optionFunc(func(c *config) {
		shown, err := settings.CheckEndpoint(endpoint)
		if err != nil {
			c.problems = append(c.problems, &optionError{option: "WithEndpoint", value: shown, problem: fmt.Sprintf("WithEndpoint(%q): %v", shown, err)})
			return
		}
		c.Endpoint = endpoint
	})
}

// WithTLSConfig is how TLS is spoken with OTLP collectors whose endpoint asks for
// it, over gRPC and HTTP. It is copied. Default: the system's authorities, no client
// certificate, TLS 1.2 or later. The variables replace parts of it:
// OTEL_EXPORTER_OTLP_CERTIFICATE the authorities, and InsecureSkipVerify, which is
// false then; OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and …_CLIENT_KEY the client's
// certificate and GetClientCertificate; for one signal, those of the signal.
//
// A certificate that is renewed is what GetClientCertificate returns: it is asked
// for each new connection, and so after the collector has refused the one before.
// Files that the variables name need no function, they are read again by
// themselves. While a function of the configuration fails or panics, exports are
// tried again, and the log says why; one that does not return costs the attempt
// its time.
//
// Beside a [WithEndpoint] without TLS it is an error of Setup. Where a variable has
// turned TLS off, a warning tells that it is not used.
func WithTLSConfig(client *tls.Config) Option {
	return optionFunc(func(c *config) {
		switch {
		case client == nil:
			c.reject("WithTLSConfig", "(nil): want a configuration of clients")
			return
		case client.MaxVersion != 0 && client.MinVersion > client.MaxVersion:
			c.reject("WithTLSConfig", ": MinVersion %s is above MaxVersion %s, want a range", tls.VersionName(client.MinVersion), tls.VersionName(client.MaxVersion))
			return
		}
		c.TLS = client.Clone()
	})
}
