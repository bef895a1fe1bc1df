package core

import (
	"os"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/core/internal/envtest"
	"github.com/samespan/samespan/internal/logtest"
)

// TestEverySignalHasResourceOfSetup proves that all three signals, and the metrics that a
// reader of the service collects, have the resource that Setup reads from
// OTEL_RESOURCE_ATTRIBUTES, and not that of the SDK, which parses the variable
// differently.
func TestEverySignalHasResourceOfSetup(t *testing.T) {
	const variable = "OTEL_RESOURCE_ATTRIBUTES"
	file, _ := fileSource(
		[3]string{"OTEL_TRACES_EXPORTER", "otlp", "tracer_provider"},
		[3]string{"OTEL_METRICS_EXPORTER", "otlp", "meter_provider"},
		[3]string{"OTEL_LOGS_EXPORTER", "otlp", "logger_provider"},
	)()
	for name, test := range map[string]struct {
		value string
		file  *declared.File
		// want has expected attributes, unwanted has keys that must be missing.
		want     map[string]string
		unwanted []string
		warns    bool
	}{
		"no equals sign":           {"team=core,region", nil, nil, []string{"team", "region"}, true},
		"a broken escape":          {"team=core,region=%zz", nil, nil, []string{"team", "region"}, true},
		"a broken escape in a key": {"team=core,reg%zzion=a", nil, nil, []string{"team", "reg%zzion"}, true},
		"not UTF-8":                {"team=core,region=%ff%fe", nil, nil, []string{"team", "region"}, true},
		"raw bytes not UTF-8":      {"team=core,region=\xff", nil, nil, []string{"team", "region"}, true},
		"a key that is not UTF-8":  {"team=core,%ff=a", nil, nil, []string{"team", "%ff"}, true},
		"no key":                   {"team=core,=a", nil, nil, []string{"team", ""}, true},
		"an encoded key":           {"team%2Dname=a", nil, map[string]string{"team-name": "a"}, []string{"team%2Dname"}, false},
		"an encoded comma":         {"a%2Cb=c%3Dd", nil, map[string]string{"a,b": "c=d"}, []string{"a%2Cb"}, false},
		"plain":                    {"team=core,region=north", nil, map[string]string{"team": "core", "region": "north"}, nil, false},
		"a file":                   {"team=core", file, nil, []string{"team"}, false},
		"a file, no equals sign":   {"team", file, nil, []string{"team"}, false},
	} {
		for _, protocol := range []string{"grpc", "http/protobuf"} {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				r := newHTTPReceiver(t, nil)
				if protocol == "grpc" {
					r = newReceiver(t, nil)
				}
				logger, logged := logtest.New()
				reader := sdkmetric.NewManualReader()
				options := []Option{WithLogger(logger), WithLenientEnvironment(), WithMetricReader(reader)}
				if test.file != nil {
					for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
						set := test.file.Settings["OTEL_TRACES_EXPORTER"]
						set.Value = "http://" + r.address
						test.file.Settings["OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT"] = set
						if protocol == "http/protobuf" {
							set.Value += map[string]string{"TRACES": "/v1/traces", "METRICS": "/v1/metrics", "LOGS": "/v1/logs"}[signal]
							test.file.Settings["OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT"] = set
						}
						set.Value = protocol
						test.file.Settings["OTEL_EXPORTER_OTLP_"+signal+"_PROTOCOL"] = set
					}
					options = append(options, Declared(func() (*declared.File, []error) { return test.file, nil }))
				}
				tel := setup(t, []string{variable, test.value, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + r.address, "OTEL_EXPORTER_OTLP_PROTOCOL", protocol}, options...)
				if got := os.Getenv(variable); got != test.value {
					t.Errorf("got variable %q after Setup, want it as it was", got)
				}
				_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "work")
				span.End()
				counter, err := tel.MeterProvider().Meter("test").Int64Counter("count")
				if err != nil {
					t.Fatal(err)
				}
				counter.Add(t.Context(), 1)
				var record log.Record
				record.SetBody(attribute.StringValue("message"))
				tel.LoggerProvider().Logger("test").Emit(t.Context(), record)
				var collected metricdata.ResourceMetrics
				if err := reader.Collect(t.Context(), &collected); err != nil {
					t.Fatal(err)
				}
				if err := tel.Shutdown(t.Context()); err != nil {
					t.Fatal(err)
				}
				resources := r.resourceAttributes(t)
				if len(resources) != 3 {
					t.Fatalf("got %d resources, want one of each signal", len(resources))
				}
				ofReader := make(map[string]string)
				for _, kv := range collected.Resource.Attributes() {
					ofReader[string(kv.Key)] = kv.Value.AsString()
				}
				resources = append(resources, ofReader)
				for _, got := range resources {
					for key, want := range test.want {
						if got[key] != want {
							t.Errorf("got %v, want %s=%s", got, key, want)
						}
					}
					for key := range got {
						if slices.Contains(test.unwanted, key) {
							t.Errorf("got %s=%s, want no such attribute", key, got[key])
						}
					}
				}
				if warns := logged.Line("level=WARN", variable); warns != test.warns {
					t.Errorf("got log %s, want a warning: %v", logged, test.warns)
				}
			})
		}
	}
	if resource.Default().Set().Len() == 0 {
		t.Error("the default resource is empty")
	}
}

// TestSetupNeverChangesEnvironment proves that Setup does not change the environment, not
// even for a moment: other goroutines may read it or pass it to child processes.
func TestSetupNeverChangesEnvironment(t *testing.T) {
	const variable, value = "OTEL_RESOURCE_ATTRIBUTES", "team%2Dname=a"
	r := newReceiver(t, nil)
	logger, _ := logtest.New()
	envtest.Clear(t)
	t.Setenv(variable, value)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+r.address)
	stop, changed := make(chan struct{}), make(chan bool, 1)
	go func() {
		for {
			select {
			case <-stop:
				changed <- false
				return
			default:
			}
			if os.Getenv(variable) != value {
				changed <- true
				return
			}
		}
	}()
	for range 20 {
		tel, err := Setup(t.Context(), WithLogger(logger))
		if err != nil {
			t.Fatal(err)
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if <-changed {
		t.Errorf("%s was not %q during Setup", variable, value)
	}
}

// resourceAttributes returns the attributes of each resource that was sent.
func (r *receiver) resourceAttributes(t *testing.T) (resources []map[string]string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.resources) == 0 {
		t.Fatal("got no resource")
	}
	for _, sent := range r.resources {
		attributes := make(map[string]string)
		for _, kv := range sent.Attributes {
			if _, duplicate := attributes[kv.Key]; duplicate {
				t.Errorf("got %s twice", kv.Key)
			}
			attributes[kv.Key] = kv.Value.GetStringValue()
		}
		resources = append(resources, attributes)
	}
	return resources
}
