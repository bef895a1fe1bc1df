package settings

import sdktrace "go.opentelemetry.io/otel/sdk/trace"

// unlimited is the value that stands for no limit. It is also the minimum value of a
// limit.
const unlimited = -1

// AttributeLimits are the limits for the attributes of a log record.
type AttributeLimits struct{ Count, ValueLength int }

// resolveLimits reads all limits. It also reports invalid values that the SDK would accept,
// such as -5. The variable of one signal takes precedence over the general variable.
func (s *Settings) resolveLimits(e *environment, option *sdktrace.SpanLimits) {
	limit := func(name string, fallback int) int { return e.readInteger(name, unlimited, fallback) }
	count := limit("OTEL_ATTRIBUTE_COUNT_LIMIT", sdktrace.DefaultAttributeCountLimit)
	length := limit("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", unlimited)
	spans := sdktrace.SpanLimits{
		AttributeValueLengthLimit: unlimited, AttributeCountLimit: sdktrace.DefaultAttributeCountLimit,
		EventCountLimit: sdktrace.DefaultEventCountLimit, LinkCountLimit: sdktrace.DefaultLinkCountLimit,
		AttributePerEventCountLimit: sdktrace.DefaultAttributePerEventCountLimit, AttributePerLinkCountLimit: sdktrace.DefaultAttributePerLinkCountLimit,
	}
	// Start from the SDK's defaults, since newer versions have more limits: v1.47 limits
	// the depth of attributes. All other limits are set here.
	s.SpanLimits = sdktrace.NewSpanLimits()
	if option != nil {
		s.SpanLimits, spans = *option, *option
	}
	spans.AttributeCountLimit = limit("OTEL_ATTRIBUTE_COUNT_LIMIT", spans.AttributeCountLimit)
	spans.AttributeValueLengthLimit = limit("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", spans.AttributeValueLengthLimit)
	s.SpanLimits.AttributeValueLengthLimit = limit("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", spans.AttributeValueLengthLimit)
	s.SpanLimits.AttributeCountLimit = limit("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", spans.AttributeCountLimit)
	s.SpanLimits.EventCountLimit = limit("OTEL_SPAN_EVENT_COUNT_LIMIT", spans.EventCountLimit)
	s.SpanLimits.LinkCountLimit = limit("OTEL_SPAN_LINK_COUNT_LIMIT", spans.LinkCountLimit)
	s.SpanLimits.AttributePerEventCountLimit = limit("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", spans.AttributePerEventCountLimit)
	s.SpanLimits.AttributePerLinkCountLimit = limit("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", spans.AttributePerLinkCountLimit)
	s.LogLimits = AttributeLimits{
		Count:       limit("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", count),
		ValueLength: limit("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", length),
	}
}
