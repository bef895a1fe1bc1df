package core

import (
	"log/slog"

	"go.opentelemetry.io/otel"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/core/internal/settings"
	"github.com/samespan/samespan/internal/env"
)

// Declared returns an option that uses the settings of a declarative configuration file.
// They replace the OTEL_* variables and take precedence over options. The functions
// FromEnvironment and FromFile of package configfile return such an option:
//
//	core.Setup(ctx, configfile.FromEnvironment(), core.WithServiceName("orders"))
//
// Default: no file is read, and setting OTEL_CONFIG_FILE makes [Setup] return an error.
func Declared(source declared.Source) Option {
	return optionFunc(func(c *config) {
		switch {
		case source == nil:
			c.reject("Declared", "(nil): want an option of package configfile")
		case c.Source != nil:
			c.reject("Setup", ": several options of package configfile, want only one")
		default:
			c.Source = source
		}
	})
}

// applyHTTPSettings replaces options for server spans with the settings of the file. The other
// settings of the file replace variables that the engine reads.
func applyHTTPSettings(http *httpserver.Config, file declared.HTTP) {
	if file.SensitiveQueryKeys != nil {
		http.UnredactedQuery = len(file.SensitiveQueryKeys) == 0
		http.SensitiveQueryKeys = file.SensitiveQueryKeys
		if http.UnredactedQuery {
			http.SensitiveQueryKeys = nil
		}
	}
}

// engineErrors receives the errors of the engine. It also gives the engine its variables: see
// [env.Source].
type engineErrors struct {
	otel.ErrorHandler
	variables env.Variables
}

// Variables returns the variables of the process, or the values of a configuration file that
// replace them.
func (e engineErrors) Variables() env.Variables { return e.variables }

// warnOfMissingPropagator logs a warning that traces end at the service, since the
// configuration file names no propagator. If traces are not exported, it does nothing.
func (t *Telemetry) warnOfMissingPropagator(s *settings.Settings) {
	if !s.Disabled && len(s.TracesExporters) > 0 {
		t.logSelf(slog.LevelWarn, "core: trace context is neither read from requests nor propagated, since the configuration file names no propagators",
			slog.String("file", s.File.Name), slog.String("want", "propagator: {composite: [{tracecontext: }, {baggage: }]}"))
	}
}
