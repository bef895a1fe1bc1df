package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
)

// TestHTTPOptionsHaveTheNamesOfFields proves that each option for server spans
// has the name of the httpserver.Config field that it sets.
func TestHTTPOptionsHaveTheNamesOfFields(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "option_http.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := reflect.TypeFor[httpserver.Config]()
	options := make(map[string]bool)
	for _, declaration := range file.Decls {
		option, ok := declaration.(*ast.FuncDecl)
		if !ok || !option.Name.IsExported() {
			continue
		}
		name := option.Name.Name
		if _, ok := config.FieldByName(name); !ok {
			name = strings.TrimPrefix(name, "With")
		}
		if _, ok := config.FieldByName(name); !ok {
			t.Errorf("%s: httpserver.Config has no field %s", option.Name.Name, name)
		}
		options[name] = true
	}
	setOtherwise := map[string]string{
		"TracerProvider": "Setup makes it", "MeterProvider": "Setup makes it", "Propagator": "WithPropagator, for all protocols",
		"ErrorHandler": "WithLogger", "Warn": "WithLenientEnvironment, for all variables",
	}
	for i := range config.NumField() {
		field := config.Field(i)
		if _, ok := setOtherwise[field.Name]; field.IsExported() && !ok && !options[field.Name] {
			t.Errorf("httpserver.Config.%s has no option", field.Name)
		}
	}
}
