package fiberotel

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel"
)

// Fiber has its middlewares see requests that fasthttp could not read, without
// a public way to tell them from others. There is no request to record then,
// and fasthttp throws Fiber's response away before it closes the user values.

// malformedField is the field of Fiber's context that says that only middlewares
// are called. It is read, never written; nil if this Fiber has none.
var malformedField, errMalformedField = fieldOf(reflect.TypeFor[fiber.DefaultCtx](), "skipNonUseRoutes")

// fieldOf returns the index of a boolean field.
func fieldOf(t reflect.Type, name string) ([]int, error) {
	found, ok := t.FieldByName(name)
	if !ok || found.Type.Kind() != reflect.Bool {
		return nil, fmt.Errorf("fiberotel: %v has no field %s of kind bool: a request that fasthttp cannot read gets a span, whose status is not the one on the wire", t, name)
	}
	return found.Index, nil
}

// reportInternals reports once what this version of Fiber does not have.
var reportInternals = sync.OnceFunc(func() {
	if errMalformedField != nil {
		otel.Handle(errMalformedField)
	}
})

// isMalformed tells whether c's request is one that fasthttp could not read,
// where that can be told.
func isMalformed(c fiber.Ctx) bool {
	if malformedField == nil {
		return false
	}
	d := defaultOf(c)
	return d != nil && reflect.ValueOf(d).Elem().FieldByIndex(malformedField).Bool()
}

// defaultOf returns Fiber's own context, which one of the application's own
// embeds, nil if it hides it.
func defaultOf(c fiber.Ctx) *fiber.DefaultCtx {
	if d, ok := c.(*fiber.DefaultCtx); ok {
		return d
	}
	v := reflect.Indirect(reflect.ValueOf(c))
	if v.Kind() != reflect.Struct {
		return nil
	}
	embedded, ok := v.Type().FieldByName("DefaultCtx")
	if !ok {
		return nil
	}
	found, err := v.FieldByIndexErr(embedded.Index)
	if err != nil || !found.CanInterface() {
		return nil
	}
	if found.Kind() == reflect.Struct && found.CanAddr() {
		found = found.Addr()
	}
	d, _ := found.Interface().(*fiber.DefaultCtx)
	return d
}
