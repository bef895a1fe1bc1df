package pipeline

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Resource restores the resource that a provider was created with. The SDK merges
// OTEL_RESOURCE_ATTRIBUTES into that resource, but parses the variable differently: it
// keeps values that cannot be parsed and keys that are still encoded, and it reads the
// variable even if there is a configuration file. The SDK has no option to prevent this.
// All items of a provider point to one merged resource. When the first item arrives,
// Resource overwrites the merged resource with the original one. For metrics,
// RestoreMetrics does so before the first collection.
type Resource struct {
	// original is the resource that the provider was created with.
	original    *resource.Resource
	restoreOnce sync.Once
}

// NewResource returns a Resource that restores original, or nil if the SDK adds nothing
// to it.
func NewResource(original *resource.Resource) *Resource {
	for _, kv := range resource.Environment().Attributes() {
		if !original.Set().HasValue(kv.Key) {
			return &Resource{original: original}
		}
	}
	return nil
}

// restoreInto overwrites merged with the original resource.
func (r *Resource) restoreInto(merged *resource.Resource) {
	r.restoreOnce.Do(func() { *merged = *r.original })
}

// RestoreMetrics restores the resource of the meter provider that reader belongs to. The
// other readers of the provider refer to the same resource. RestoreMetrics collects from
// reader once, so it must be called before there are instruments.
func (r *Resource) RestoreMetrics(ctx context.Context, reader *AddedReader) {
	defer func() { _ = recover() }() // the reader is the service's own
	var collected metricdata.ResourceMetrics
	_ = reader.Collect(ctx, &collected) // sets the resource even if a producer fails
	if collected.Resource != nil {
		r.restoreInto(collected.Resource)
	}
}
