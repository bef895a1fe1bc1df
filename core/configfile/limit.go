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

// attributeLimits holds the general limits of attributes. count limits the number of
// attributes, length the length of a value.
type attributeLimits struct{ count, length int }

// translateAttributeLimits returns the general attribute limits of the file, or the
// defaults for limits that the file omits.
func (r *fileReader) translateAttributeLimits(fromFile *otelconf.AttributeLimits) attributeLimits {
	result := attributeLimits{count: defaultCountLimit, length: unlimited}
	if fromFile != nil {
		setIfGiven(&result.count, fromFile.AttributeCountLimit)
		setIfGiven(&result.length, fromFile.AttributeValueLengthLimit)
		r.checkNotNegative("attribute_limits.attribute_count_limit", fromFile.AttributeCountLimit)
		r.checkNotNegative("attribute_limits.attribute_value_length_limit", fromFile.AttributeValueLengthLimit)
	}
	return result
}

// spanLimits returns the limits of spans. It sets every limit, so that the SDK reads none
// from the environment.
func (l attributeLimits) spanLimits(fromFile *otelconf.SpanLimits) sdktrace.SpanLimits {
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

// translateLogRecordLimits returns the limits of log records. general are the limits that
// apply if the file sets no limits for log records.
func (r *fileReader) translateLogRecordLimits(general attributeLimits, fromFile *otelconf.LogRecordLimits) (count, length int) {
	count, length = general.count, general.length
	if fromFile != nil {
		setIfGiven(&count, fromFile.AttributeCountLimit)
		setIfGiven(&length, fromFile.AttributeValueLengthLimit)
		r.checkNotNegative("logger_provider.limits.attribute_count_limit", fromFile.AttributeCountLimit)
		r.checkNotNegative("logger_provider.limits.attribute_value_length_limit", fromFile.AttributeValueLengthLimit)
	}
	return count, length
}

// depthLimitKey is a key that otelconf's types lack.
const depthLimitKey = "attribute_value_depth_limit"

// readDepthLimit returns the depth limit of attribute values for one signal. path holds the
// keys that lead to the limits of the signal. If these have no depth limit, the general one
// applies. If the file has neither, the result is 0, which selects the default of the SDK
// and the schema. The limit is read from the tree, since otelconf's types lack it.
func (r *fileReader) readDepthLimit(path ...string) (depth int) {
	for _, path := range [][]string{{"attribute_limits"}, path} {
		node := findNode(r.root, append(path, depthLimitKey)...)
		if node == nil || isNull(node) {
			continue
		}
		if err := node.Decode(&depth); err != nil || depth < 1 {
			r.reject(joinPath(strings.Join(path, "."), depthLimitKey), scalarText(node), "out of range", "a value > 0, or remove the key")
		}
	}
	return depth
}

// checkNotNegative records an error for a negative value, which otelconf would accept.
func (r *fileReader) checkNotNegative(path string, value *int) {
	if value != nil && *value < 0 {
		r.reject(path, strconv.Itoa(*value), "out of range", "a value >= 0, or remove the key")
	}
}

// setIfGiven replaces the default value by the value in the file, if the file has one.
func setIfGiven(value, fromFile *int) {
	if fromFile != nil {
		*value = *fromFile
	}
}
