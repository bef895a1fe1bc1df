package core

import "go.opentelemetry.io/otel/attribute"

func numbered(i int) attribute.KeyValue { return attribute.Int("number", i) }
