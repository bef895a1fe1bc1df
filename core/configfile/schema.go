package configfile

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/otelconf"
)

// otelconf's types define the schema. Its parser ignores unknown keys, and its errors
// have no positions. Package configfile therefore compares the tree with the types before
// it uses that parser.

// extraKeys are keys that are supported here but that otelconf's stable types lack. They
// are grouped by the type of the mapping that may have them. Each key has the type of its
// value.
var extraKeys = map[reflect.Type]map[string]reflect.Type{
	modelType:                            {"instrumentation/development": reflect.TypeFor[instrumentationSettings]()},
	reflect.TypeFor[otelconf.Resource](): {"detection/development": reflect.TypeFor[detectionSettings]()},
	reflect.TypeFor[otelconf.TextMapPropagator]():    {"xray": reflect.TypeFor[map[string]any]()},
	reflect.TypeFor[otelconf.AttributeLimits]():      {depthLimitKey: reflect.TypeFor[int]()},
	reflect.TypeFor[otelconf.SpanLimits]():           {depthLimitKey: reflect.TypeFor[int]()},
	reflect.TypeFor[otelconf.LogRecordLimits]():      {depthLimitKey: reflect.TypeFor[int]()},
	reflect.TypeFor[otelconf.TracerProvider]():       {"id_generator": reflect.TypeFor[idGeneratorSettings]()},
	reflect.TypeFor[otelconf.PeriodicMetricReader](): {maxExportBatchSizeKey: reflect.TypeFor[int]()},
}

// idGeneratorSettings is the type of the key "id_generator". Its only key is the schema's
// only generator, which is the default of the SDK.
type idGeneratorSettings struct {
	Random map[string]any `yaml:"random"`
}

// fieldTypes returns the types of the values of a mapping, by key. t is the struct type
// that the mapping is decoded into.
func fieldTypes(t reflect.Type) map[string]reflect.Type {
	types := make(map[string]reflect.Type)
	for i := range t.NumField() {
		field := t.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" {
			types[name] = field.Type
		}
	}
	maps.Copy(types, extraKeys[t])
	return types
}

// sortedKeys returns the keys in alphabetical order.
func sortedKeys(types map[string]reflect.Type) []string { return slices.Sorted(maps.Keys(types)) }

// indirectType returns the type that a pointer type points to, and any other type
// unchanged.
func indirectType(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
