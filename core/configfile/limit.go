package configfile

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// These are defaults of the schema for the limits of log records.
const (
	defaultCountLimit = 128
	unlimited         = -1
)

// translateAttributeLimits returns the general attribute limits of the file. A limit that
// the file omits is nil.
func (r *fileReader) translateAttributeLimits(fromFile *otelconf.AttributeLimits) otelconf.AttributeLimits {
	if fromFile == nil {
		return otelconf.AttributeLimits{}
	}
	r.checkNotNegative("attribute_limits.attribute_count_limit", fromFile.AttributeCountLimit)
	r.checkNotNegative("attribute_limits.attribute_value_length_limit", fromFile.AttributeValueLengthLimit)
	return *fromFile
}

// spanLimits returns a function that replaces the limits of spans that the file sets. general
// are the general limits. depth is the depth limit, or 0 if the file has none.
func spanLimits(general otelconf.AttributeLimits, fromFile *otelconf.SpanLimits, depth int) func(*sdktrace.SpanLimits) {
	return func(limits *sdktrace.SpanLimits) {
		setIfGiven(&limits.AttributeValueLengthLimit, general.AttributeValueLengthLimit)
		setIfGiven(&limits.AttributeCountLimit, general.AttributeCountLimit)
		if depth != 0 {
			limits.AttributeValueDepthLimit = depth
		}
		if fromFile != nil {
			setIfGiven(&limits.AttributeValueLengthLimit, fromFile.AttributeValueLengthLimit)
			setIfGiven(&limits.AttributeCountLimit, fromFile.AttributeCountLimit)
			setIfGiven(&limits.EventCountLimit, fromFile.EventCountLimit)
			setIfGiven(&limits.LinkCountLimit, fromFile.LinkCountLimit)
			setIfGiven(&limits.AttributePerEventCountLimit, fromFile.EventAttributeCountLimit)
			setIfGiven(&limits.AttributePerLinkCountLimit, fromFile.LinkAttributeCountLimit)
		}
	}
}

// translateLogRecordLimits returns the limits of log records. general are the limits that
// apply if the file sets no limits for log records.
func (r *fileReader) translateLogRecordLimits(general otelconf.AttributeLimits, fromFile *otelconf.LogRecordLimits) (count, length int) {
	count, length = defaultCountLimit, unlimited
	setIfGiven(&count, general.AttributeCountLimit)
	setIfGiven(&length, general.AttributeValueLengthLimit)
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
