package core

import "go.opentelemetry.io/otel/attribute"

// TaskOption is an option of [Telemetry.Go]. Only this package has options: the
// interface may get further methods.
type TaskOption interface{ applyTask(*taskConfig) }

type taskConfig struct{ attributes []attribute.KeyValue }

type taskOption func(*taskConfig)

func (o taskOption) applyTask(c *taskConfig) { o(c) }

// WithTaskAttributes adds attributes to the span of the task. Default: none.
func WithTaskAttributes(attributes ...attribute.KeyValue) TaskOption {
	return taskOption(func(c *taskConfig) { c.attributes = append(c.attributes, attributes...) })
}
