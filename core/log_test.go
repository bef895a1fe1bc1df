package core

import "go.opentelemetry.io/otel/attribute"

// numberedAttribute returns an attribute that differs for each i.
func numberedAttribute(i int) attribute.KeyValue { return attribute.Int("number", i) }
