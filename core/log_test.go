package core

import "go.opentelemetry.io/otel/attribute"

func numberedAttribute(i int) attribute.KeyValue { return attribute.Int("number", i) }
