package prometheus

import "github.com/samespan/samespan/core/register"

//nolint:gochecknoinits // a service registers the exporter by importing the package
func init() { register.MetricReader("prometheus", newServingReader) }
