package configfile

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// These are defaults of the schema.
const (
	defaultCount = 128
	unlimited    = -1
)

// limits are the general attribute limits.
type limits struct{ count, length int }

func (r *reader) attributeLimits(given *otelconf.AttributeLimits) limits {
	result := limits{count: defaultCount, length: unlimited}
	if given != nil {
		setIfGiven(&result.count, given.AttributeCountLimit)
		setIfGiven(&result.length, given.AttributeValueLengthLimit)
		r.checkNotNegative("attribute_limits.attribute_count_limit", given.AttributeCountLimit)
		r.checkNotNegative("attribute_limits.attribute_value_length_limit", given.AttributeValueLengthLimit)
	}
	return result
}

// spanLimits returns all span limits, so that the SDK reads none from the
// environment.
func (l limits) spanLimits(given *otelconf.SpanLimits) sdktrace.SpanLimits {
	result := sdktrace.SpanLimits{
		AttributeValueLengthLimit:   l.length,
		AttributeCountLimit:         l.count,
		EventCountLimit:             defaultCount,
		LinkCountLimit:              defaultCount,
		AttributePerEventCountLimit: defaultCount,
		AttributePerLinkCountLimit:  defaultCount,
	}
	if given != nil {
		setIfGiven(&result.AttributeValueLengthLimit, given.AttributeValueLengthLimit)
		setIfGiven(&result.AttributeCountLimit, given.AttributeCountLimit)
		setIfGiven(&result.EventCountLimit, given.EventCountLimit)
		setIfGiven(&result.LinkCountLimit, given.LinkCountLimit)
		setIfGiven(&result.AttributePerEventCountLimit, given.EventAttributeCountLimit)
		setIfGiven(&result.AttributePerLinkCountLimit, given.LinkAttributeCountLimit)
	}
	return result
}

func (r *reader) logRecordLimits(l limits, given *otelconf.LogRecordLimits) (count, length int) {
	count, length = l.count, l.length
	if given != nil {
		setIfGiven(&count, given.AttributeCountLimit)
		setIfGiven(&length, given.AttributeValueLengthLimit)
		r.checkNotNegative("logger_provider.limits.attribute_count_limit", given.AttributeCountLimit)
		r.checkNotNegative("logger_provider.limits.attribute_value_length_limit", given.AttributeValueLengthLimit)
	}
	return count, length
}

const depthLimit = "attribute_value_depth_limit"

// readDepthLimit returns the depth limit for attributes below path, or else the general
// depth limit. 0 means the SDK's default, which is also the schema's. The key is read
// from the tree, since otelconf does not have it.
func (r *reader) readDepthLimit(path ...string) (depth int) {
	for _, path := range [][]string{{"attribute_limits"}, path} {
		node := findNode(r.root, append(path, depthLimit)...)
		if node == nil || isNull(node) {
			continue
		}
		if err := node.Decode(&depth); err != nil || depth < 1 {
			r.reject(joinPath(strings.Join(path, "."), depthLimit), describeScalar(node), "must be > 0", "another value, or the key left out")
		}
	}
	return depth
}

// checkNotNegative reports a negative value as an error, which otelconf does not.
func (r *reader) checkNotNegative(path string, value *int) {
	if value != nil && *value < 0 {
		r.reject(path, strconv.Itoa(*value), "must be >= 0", "another value, or the key left out")
	}
}

func setIfGiven(value, given *int) {
	if given != nil {
		*value = *given
	}
}
