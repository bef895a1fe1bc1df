package core

import (
	"log/slog"

	"go.opentelemetry.io/otel/propagation"

	"github.com/samespan/samespan/core/internal/declared"
	"github.com/samespan/samespan/internal/env"
)

// Declared takes the settings of a declarative configuration file, in place of
// the OTEL_* variables and over the options. It is for package configfile,
// whose FromEnvironment and FromFile make such options:
//
//	core.Setup(ctx, configfile.FromEnvironment(), core.WithServiceName("orders"))
//
// Default: no file is read, and OTEL_CONFIG_FILE is an error of [Setup].
func Declared(source declared.Source) Option {
	return optionFunc(func(c *config) {
		switch {
		case source == nil:
			c.rejectf("Declared(nil): want an option of package configfile")
		case c.source != nil:
			c.rejectf("Setup: two configuration files, want one option of package configfile")
		default:
			c.source = source
		}
	})
}

// readFile reads the configuration file, if there is one. From then on e is
// what the file says.
func (c *config) readFile(e *environment) {
	if c.source == nil {
		if name, ok := e.vars.Lookup(declared.VariableFile); ok {
			e.report(&env.Invalid{
				Name: declared.VariableFile, Value: name, Problem: "this service does not read configuration files",
				Want: "the variable unset, or configfile.FromEnvironment() of github.com/samespan/samespan/core/configfile among the options of core.Setup",
			})
		}
		return
	}
	file, problems := c.source()
	for _, problem := range problems {
		e.reject(problem)
	}
	if len(problems) > 0 {
		e.vars = env.File(declared.VariableFile, nil) // what it would ignore is not to be complained about
	}
	if file == nil {
		return
	}
	c.file = *file
	e.vars = env.File(file.Name, file.Settings)
	if file.Sampler != nil {
		c.sampler = file.Sampler
	}
	c.takeHTTP(file.HTTP)
}

// takeHTTP puts what the file says of servers in place of the options.
func (c *config) takeHTTP(file declared.HTTP) {
	for _, list := range []struct{ option, file *[]string }{
		{&c.http.RequestHeaders, &file.RequestHeaders},
		{&c.http.ResponseHeaders, &file.ResponseHeaders},
		{&c.http.KnownMethods, &file.KnownMethods},
		{&c.http.SensitiveQueryKeys, &file.SensitiveQueryKeys},
	} {
		if *list.file != nil {
			*list.option = *list.file
		}
	}
	if file.Experimental {
		c.http.BodySizes, c.http.ActiveRequests = true, true
	}
}

// withoutPropagator tells whether neither the file nor an option names a
// propagator. There is none then, as OpenTelemetry's schema has it.
func (c *config) withoutPropagator(e *environment) bool {
	if c.file.Name == "" || c.propagator != nil || e.isSet(variablePropagators) {
		return false
	}
	c.propagator = propagation.NewCompositeTextMapPropagator()
	return true
}

// warnOfBrokenTraces tells of traces that end at the service, which nobody may
// have meant.
func (t *Telemetry) warnOfBrokenTraces(s settings) {
	if !s.disabled && s.tracesExporter != exporterNone {
		t.say(slog.LevelWarn, "core: no trace context is read from requests or passed on, since the configuration file names no propagators",
			slog.String("file", s.file.Name), slog.String("want", "propagator: {composite: [{tracecontext: }, {baggage: }]}"))
	}
}
