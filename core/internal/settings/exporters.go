package settings

import (
	"slices"
	"strings"

	"github.com/samespan/samespan/core/internal/registry"
	"github.com/samespan/samespan/internal/env"
)

// These are names of exporters in OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and
// OTEL_LOGS_EXPORTER.
const (
	ExporterOTLP    = "otlp"
	ExporterConsole = "console"
	ExporterNone    = "none"
)

// Exporters are the names of a signal's exporters, without duplicates, in the order in
// which the variable lists them. The list is empty for "none".
type Exporters []string

// Has reports whether the exporter is in the list.
func (e Exporters) Has(name string) bool { return slices.Contains(e, name) }

// String returns the list in the format of the variable.
func (e Exporters) String() string {
	if len(e) == 0 {
		return ExporterNone
	}
	return strings.Join(e, ",")
}

// usesBatchSettings reports whether the list has any exporter that uses the batch
// settings. The console does not: its batches have their own settings.
func (e Exporters) usesBatchSettings() bool {
	return len(e) > 1 || len(e) == 1 && !e.Has(ExporterConsole)
}

// readExporters parses the list of a signal's exporters.
func (e *environment) readExporters(variable string, fallback Exporters, names []string) Exporters {
	list, ok := e.vars.List(variable)
	if !ok {
		return fallback
	}
	value, _ := e.vars.Lookup(variable)
	var exporters Exporters
	for _, name := range list {
		name = strings.ToLower(name)
		if !slices.Contains(names, name) {
			e.addVariableError(e.unknownNameError(variable, value, names, name))
			return fallback
		}
		if !exporters.Has(name) {
			exporters = append(exporters, name)
		}
	}
	switch {
	case !exporters.Has(ExporterNone):
		return exporters
	case len(exporters) > 1:
		e.addVariableError(&env.Invalid{Name: e.vars.Label(variable), Value: value, Problem: "none is not allowed with other exporters", Want: "only none, or the others without none"})
		return fallback
	}
	return nil
}

// metricExporterNames returns the valid values of OTEL_METRICS_EXPORTER.
func metricExporterNames() []string {
	names := registry.MetricExporters.Names()
	for _, name := range registry.MetricReaders.Names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
