package prometheus

import "github.com/samespan/samespan/core/register"

//nolint:gochecknoinits // an import is how a service asks for the exporter
func init() { register.MetricReader("prometheus", listenReader) }
