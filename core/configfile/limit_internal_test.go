package configfile

import (
	"testing"

	"go.opentelemetry.io/contrib/otelconf"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TestLimitsOfFileOverrideDefaults proves the precedence of limits: the limits of the
// signal in the file, then the file's general limits, then those of core, which are the
// defaults of the schema or from an option.
func TestLimitsOfFileOverrideDefaults(t *testing.T) {
	for _, test := range []struct {
		name    string
		general *otelconf.AttributeLimits
		spans   *otelconf.SpanLimits
		records *otelconf.LogRecordLimits
		want    sdktrace.SpanLimits
		// count and length are the expected limits of log records.
		count, length int
	}{
		{
			name: "defaults of the schema",
			want: sdktrace.SpanLimits{
				AttributeValueLengthLimit: -1, AttributeCountLimit: 128, EventCountLimit: 128,
				LinkCountLimit: 128, AttributePerEventCountLimit: 128, AttributePerLinkCountLimit: 128,
			},
			count: 128, length: -1,
		},
		{
			name:    "general limits apply to spans and records",
			general: &otelconf.AttributeLimits{AttributeCountLimit: new(7), AttributeValueLengthLimit: new(0)},
			want: sdktrace.SpanLimits{
				AttributeValueLengthLimit: 0, AttributeCountLimit: 7, EventCountLimit: 128,
				LinkCountLimit: 128, AttributePerEventCountLimit: 128, AttributePerLinkCountLimit: 128,
			},
			count: 7, length: 0,
		},
		{
			name:    "limits of a signal take precedence",
			general: &otelconf.AttributeLimits{AttributeCountLimit: new(7), AttributeValueLengthLimit: new(9)},
			spans: &otelconf.SpanLimits{
				AttributeCountLimit: new(1), AttributeValueLengthLimit: new(2), EventCountLimit: new(3),
				LinkCountLimit: new(4), EventAttributeCountLimit: new(5), LinkAttributeCountLimit: new(6),
			},
			records: &otelconf.LogRecordLimits{AttributeCountLimit: new(11), AttributeValueLengthLimit: new(12)},
			want: sdktrace.SpanLimits{
				AttributeValueLengthLimit: 2, AttributeCountLimit: 1, EventCountLimit: 3,
				LinkCountLimit: 4, AttributePerEventCountLimit: 5, AttributePerLinkCountLimit: 6,
			},
			count: 11, length: 12,
		},
	} {
		r := &fileReader{name: "otel.yaml"}
		general := r.translateAttributeLimits(test.general)
		got := sdktrace.SpanLimits{
			AttributeValueLengthLimit: -1, AttributeCountLimit: 128, EventCountLimit: 128,
			LinkCountLimit: 128, AttributePerEventCountLimit: 128, AttributePerLinkCountLimit: 128,
		}
		spanLimits(general, test.spans, 0)(&got)
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
		if count, length := r.translateLogRecordLimits(general, test.records); count != test.count || length != test.length {
			t.Errorf("%s: got %d and %d, want %d and %d", test.name, count, length, test.count, test.length)
		}
		if len(r.errs) > 0 {
			t.Errorf("%s: %v", test.name, r.errs)
		}
	}
}
