package core

import (
	"reflect"
	"strings"
	"testing"
)

// A package that converts a *Telemetry to an interface, as every application
// does, compiles the generic functions of all types in it again. Those of the
// metrics SDK are more than a thousand, and took longer than the rest of the
// package.
func TestTelemetryHasNoTypeOfTheMetricsSDK(t *testing.T) {
	seen := make(map[reflect.Type]bool)
	var visit func(path string, of reflect.Type)
	visit = func(path string, of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		if strings.HasPrefix(of.PkgPath(), "go.opentelemetry.io/otel/sdk/metric") && of.Kind() != reflect.Interface {
			t.Errorf("%s is a %v: declare an interface with the methods that are called", path, of)
			return
		}
		switch of.Kind() {
		case reflect.Struct:
			for i := range of.NumField() {
				visit(path+"."+of.Field(i).Name, of.Field(i).Type)
			}
		case reflect.Map:
			visit(path+"[key]", of.Key())
			visit(path+"[]", of.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			visit(path, of.Elem())
		}
	}
	visit("Telemetry", reflect.TypeFor[Telemetry]())
	if len(seen) < 50 {
		t.Errorf("visited %d types, want all that a Telemetry reaches", len(seen))
	}
}
