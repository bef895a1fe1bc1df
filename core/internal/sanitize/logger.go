package sanitize

import (
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/log/embedded"
	"go.opentelemetry.io/otel/sdk/instrumentation"
)

// loggerProvider is a provider that sanitizes the scopes of its loggers. The scope of a
// record cannot be replaced later.
type loggerProvider struct {
	embedded.LoggerProvider
	next log.LoggerProvider
}

// LoggerProvider wraps next to sanitize scopes.
func LoggerProvider(next log.LoggerProvider) log.LoggerProvider {
	return &loggerProvider{next: next}
}

// Logger returns a logger of next.
func (p *loggerProvider) Logger(name string, options ...log.LoggerOption) log.Logger {
	config := log.NewLoggerConfig(options...)
	scope, changed := sanitizeScope(instrumentation.Scope{
		Name:       name,
		Version:    config.InstrumentationVersion(),
		SchemaURL:  config.SchemaURL(),
		Attributes: config.InstrumentationAttributes(),
	})
	if !changed {
		return p.next.Logger(name, options...)
	}
	return p.next.Logger(scope.Name,
		log.WithInstrumentationVersion(scope.Version),
		log.WithSchemaURL(scope.SchemaURL),
		log.WithInstrumentationAttributeSet(scope.Attributes))
}
