package configfile

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// These are defaults of the schema for the limits of spans and attributes.
const (
	defaultCountLimit = 128
	unlimited         = -1
)

// limits are the general attribute limits.
type limits struct{ count, length int }

func (r *reader) attributeLimits(fromFile *otelconf.AttributeLimits) limits {
	result := limits{count: defaultCountLimit, length: unlimited}
	if fromFile != nil {
		setIfGiven(&result.count, fromFile.AttributeCountLimit)
		setIfGiven(&result.length, fromFile.AttributeValueLengthLimit)
		r.checkNotNegative("attribute_limits.attribute_count_limit", fromFile.AttributeCountLimit)
		r.checkNotNegative("attribute_limits.attribute_value_length_limit", fromFile.AttributeValueLengthLimit)
	}
	return result
}

// spanLimits returns all span limits, so that the SDK reads none from the
// environment.
func (l limits) spanLimits(fromFile *otelconf.SpanLimits) sdktrace.SpanLimits {
	result := sdktrace.SpanLimits{
		AttributeValueLengthLimit:   l.length,
		AttributeCountLimit:         l.count,
		EventCountLimit:             defaultCountLimit,
		LinkCountLimit:              defaultCountLimit,
		AttributePerEventCountLimit: defaultCountLimit,
		AttributePerLinkCountLimit:  defaultCountLimit,
	}
	if fromFile != nil {
		setIfGiven(&result.AttributeValueLengthLimit, fromFile.AttributeValueLengthLimit)
		setIfGiven(&result.AttributeCountLimit, fromFile.AttributeCountLimit)
		setIfGiven(&result.EventCountLimit, fromFile.EventCountLimit)
		setIfGiven(&result.LinkCountLimit, fromFile.LinkCountLimit)
		setIfGiven(&result.AttributePerEventCountLimit, fromFile.EventAttributeCountLimit)
		setIfGiven(&result.AttributePerLinkCountLimit, fromFile.LinkAttributeCountLimit)
	}
	return result
}

func (r *reader) logRecordLimits(l limits, fromFile *otelconf.LogRecordLimits) (count, length int) {
	count, length = l.count, l.length
	if fromFile != nil {
		setIfGiven(&count, fromFile.AttributeCountLimit)
		setIfGiven(&length, fromFile.AttributeValueLengthLimit)
		r.checkNotNegative("logger_provider.limits.attribute_count_limit", fromFile.AttributeCountLimit)
		r.checkNotNegative("logger_provider.limits.attribute_value_length_limit", fromFile.AttributeValueLengthLimit)
	}
	return count, length
}

const depthLimitKey = "attribute_value_depth_limit"

// readDepthLimit returns the depth limit for attributes below path, or else the general
// depth limit. 0 means the SDK's default, which is also the schema's. The key is read
// from the tree, since otelconf does not have it.
func (r *reader) readDepthLimit(path ...string) (depth int) {
	for _, path := range [][]string{{"attribute_limits"}, path} {
		node := findNode(r.root, append(path, depthLimitKey)...)
		if node == nil || isNull(node) {
			continue
		}
		if err := node.Decode(&depth); err != nil || depth < 1 {
			r.reject(joinPath(strings.Join(path, "."), depthLimitKey), describeScalar(node), "must be > 0", "another value, or the key left out")
		}
	}
	return depth
}

// checkNotNegative reports an error for a negative value, because otelconf accepts it.
func (r *reader) checkNotNegative(path string, value *int) {
	if value != nil && *value < 0 {
		r.reject(path, strconv.Itoa(*value), "must be >= 0", "another value, or the key left out")
	}
}

func setIfGiven(value, fromFile *int) {
	if fromFile != nil {
		*value = *fromFile
	}
}
