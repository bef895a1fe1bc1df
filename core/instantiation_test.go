package core

import (
	"reflect"
	"strings"
	"testing"
)

// TestTelemetryHasNoTypeOfTheMetricsSDK proves that no field of Telemetry has a concrete
// type of the metrics SDK. If a field had such a type, every package that converts a
// *Telemetry to an interface would compile more than a thousand generic functions of that
// SDK again, which takes longer than compiling the rest of the package.
func TestTelemetryHasNoTypeOfTheMetricsSDK(t *testing.T) {
	visited := make(map[reflect.Type]bool)
	var visit func(path string, of reflect.Type)
	visit = func(path string, typ reflect.Type) {
		if visited[typ] {
			return
		}
		visited[typ] = true
		if strings.HasPrefix(typ.PkgPath(), "go.opentelemetry.io/otel/sdk/metric") && typ.Kind() != reflect.Interface {
			t.Errorf("%s is a %v: declare an interface with the methods that are called", path, typ)
			return
		}
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				visit(path+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		case reflect.Map:
			visit(path+"[key]", typ.Key())
			visit(path+"[]", typ.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			visit(path, typ.Elem())
		}
	}
	visit("Telemetry", reflect.TypeFor[Telemetry]())
	if len(visited) < 50 {
		t.Errorf("visited %d types, want all that a Telemetry reaches", len(visited))
	}
}
