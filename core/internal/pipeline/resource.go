package pipeline

import (
	"sync"

	"go.opentelemetry.io/otel/sdk/resource"
)

// Resource is the resource that a provider was made with. The SDK merges
// OTEL_RESOURCE_ATTRIBUTES into it, read in its own way: a value that cannot be
// parsed, keys that are still encoded, and with a configuration file the whole
// variable. It has no option against that, so the first item of a provider gets
// the resource back, before anything else has read it. All items of a provider
// share one; where they did not, the merged one would be exported.
type Resource struct {
	made *resource.Resource
	once sync.Once
}

// NewResource returns nil where the SDK's reading of the environment adds nothing
// to made.
func NewResource(made *resource.Resource) *Resource {
	for _, kv := range resource.Environment().Attributes() {
		if !made.Set().HasValue(kv.Key) {
			return &Resource{made: made}
		}
	}
	return nil
}

// restore puts the resource that the provider was made with in place of merged.
func (r *Resource) restore(merged *resource.Resource) {
	r.once.Do(func() { *merged = *r.made })
}
